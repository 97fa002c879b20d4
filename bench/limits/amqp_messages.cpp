#include <fmt/format.h>
#if __has_include(<rabbitmq-c/amqp.h>)
#include <rabbitmq-c/amqp.h>
#include <rabbitmq-c/tcp_socket.h>
#else
#include <amqp.h>
#include <amqp_tcp_socket.h>
#endif

#include <atomic>
#include <exception>
#include <memory>
#include <string>
#include <thread>

#include "bench/limits/limits.hpp"
#include "bench/support/clock.hpp"
#include "bench/support/failure.hpp"

namespace netherlink::bench {
namespace {

constexpr amqp_channel_t channel = 1;
constexpr std::uint64_t window = 1000, ack_every = 100;
constexpr std::size_t payload_bytes = 300;  // a command with a text of 100 bytes

struct Closer {
  void operator()(amqp_connection_state_t connection) const { amqp_destroy_connection(connection); }
};
using Connection = std::unique_ptr<std::remove_pointer_t<amqp_connection_state_t>, Closer>;

amqp_bytes_t bytes_of(const std::string& text) {
  return {text.size(), const_cast<char*>(text.data())};  // only read
}

void need(bool good, const char* what) {
  if (!good) throw Failure(fmt::format("the broker: {}", what));
}

void need_reply(const Connection& connection, const char* what) {
  need(amqp_get_rpc_reply(connection.get()).reply_type == AMQP_RESPONSE_NORMAL, what);
}

Connection connect(std::string url) {
  amqp_connection_info parts;
  need(amqp_parse_url(url.data(), &parts) == AMQP_STATUS_OK, "not an amqp:// address");
  Connection connection(amqp_new_connection());
  auto* const socket = amqp_tcp_socket_new(connection.get());
  need(socket != nullptr && amqp_socket_open(socket, parts.host, parts.port) == AMQP_STATUS_OK, "no connection");
  const auto login = amqp_login(connection.get(), parts.vhost, 1, AMQP_DEFAULT_FRAME_SIZE, 0, AMQP_SASL_METHOD_PLAIN,
                                parts.user, parts.password);
  need(login.reply_type == AMQP_RESPONSE_NORMAL, "login refused");
  amqp_channel_open(connection.get(), channel);
  need_reply(connection, "no channel");
  return connection;
}

void declare_queue(const Connection& connection, const std::string& name) {
  const std::string type("quorum");
  amqp_table_entry_t entry{};
  entry.key = amqp_cstring_bytes("x-queue-type");
  entry.value.kind = AMQP_FIELD_KIND_UTF8;
  entry.value.value.bytes = bytes_of(type);
  amqp_queue_declare(connection.get(), channel, bytes_of(name), 0, 1, 0, 0, {1, &entry});
  need_reply(connection, "the queue cannot be declared");
}

/// Waits for at least one confirm; answers up to which tag everything is confirmed (one broker confirms in order).
std::uint64_t wait_confirm(const Connection& connection) {
  amqp_frame_t frame;
  need(amqp_simple_wait_frame(connection.get(), &frame) == AMQP_STATUS_OK, "no confirm");
  need(frame.frame_type == AMQP_FRAME_METHOD && frame.payload.method.id == AMQP_BASIC_ACK_METHOD, "not confirmed");
  return static_cast<const amqp_basic_ack_t*>(frame.payload.method.decoded)->delivery_tag;
}

void publish_all(const std::string& url, const std::string& queue, const std::atomic<bool>& stopping) {
  const auto connection = connect(url);
  amqp_confirm_select(connection.get(), channel);
  need_reply(connection, "no confirms");
  const std::string payload(payload_bytes, 'c');
  amqp_basic_properties_t properties{};
  properties._flags = AMQP_BASIC_DELIVERY_MODE_FLAG;
  properties.delivery_mode = AMQP_DELIVERY_PERSISTENT;
  std::uint64_t sent = 0, confirmed = 0;
  while (!stopping || confirmed < sent) {
    for (; !stopping && sent - confirmed < window; ++sent) {
      const int status = amqp_basic_publish(connection.get(), channel, amqp_empty_bytes, bytes_of(queue), 1, 0,
                                            &properties, bytes_of(payload));
      need(status == AMQP_STATUS_OK, "not published");
    }
    if (confirmed < sent) confirmed = std::max(confirmed, wait_confirm(connection));
    amqp_maybe_release_buffers(connection.get());
  }
}

/// Messages a second that arrive after a second of warming up.
double consume_for(const Connection& connection, const std::string& queue, double seconds) {
  amqp_basic_qos(connection.get(), channel, 0, static_cast<std::uint16_t>(window), 0);
  amqp_basic_consume(connection.get(), channel, bytes_of(queue), amqp_empty_bytes, 0, 0, 0, amqp_empty_table);
  need_reply(connection, "cannot consume");
  const Nanos began = now_ns() + nanos_per_second, end = began + from_seconds(seconds);
  std::uint64_t counted = 0;
  for (std::uint64_t taken = 1; now_ns() < end; ++taken) {
    amqp_maybe_release_buffers(connection.get());
    amqp_envelope_t envelope;
    const timeval patience{10, 0};
    const auto reply = amqp_consume_message(connection.get(), &envelope, &patience, 0);
    need(reply.reply_type == AMQP_RESPONSE_NORMAL, "nothing arrives");
    if (taken % ack_every == 0) amqp_basic_ack(connection.get(), channel, envelope.delivery_tag, 1);
    amqp_destroy_envelope(&envelope);
    if (now_ns() >= began) ++counted;
  }
  return static_cast<double>(counted) / seconds;
}

}  // namespace

double measure_amqp_messages(const Options& options, double seconds) {
  const std::string queue = fmt::format("netherlink-bench-{}", now_ns());
  const auto connection = connect(options.amqp);
  declare_queue(connection, queue);
  std::atomic<bool> stopping = false;
  std::exception_ptr failed;
  std::thread publisher([&] {
    try {
      publish_all(options.amqp, queue, stopping);
    } catch (...) {
      failed = std::current_exception();
    }
  });
  double rate = 0;
  try {
    rate = consume_for(connection, queue, seconds);
  } catch (...) {
    if (!failed) failed = std::current_exception();
  }
  stopping = true;
  publisher.join();
  amqp_queue_delete(connection.get(), channel, bytes_of(queue), 0, 0);
  if (failed) std::rethrow_exception(failed);
  return rate;
}

}  // namespace netherlink::bench
