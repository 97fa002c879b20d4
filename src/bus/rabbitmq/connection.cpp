#include "bus/rabbitmq/connection.hpp"

#include <sys/time.h>

#include "bus/rabbitmq/amqp_values.hpp"

namespace netherlink::bus::rabbitmq {
namespace {

using namespace std::chrono_literals;

constexpr int heartbeat_seconds = 5;  // below that RabbitMQ sees ghosts
constexpr auto connect_limit = 3s;
constexpr auto answer_limit = 5s;
constexpr auto goodbye_limit = 1s;
// Longer than what the library bounds by itself.
constexpr auto rpc_lifeline = answer_limit + 1s;
constexpr auto open_lifeline = connect_limit + 2 * answer_limit + 1s;
constexpr auto send_lifeline = 3s;

timeval seconds(std::chrono::seconds value) {
  return {value.count(), 0};
}

}  // namespace

Connection::Connection(Lifeline& lifeline) : lifeline_(lifeline), state_(amqp_new_connection()) {
  if (state_ == nullptr) throw std::bad_alloc();
}

Connection::~Connection() {
  lifeline_.detach();
  amqp_destroy_connection(state_);
}

int Connection::fd() const {
  return amqp_get_sockfd(state_);
}

bool Connection::open(const Endpoint& endpoint, const std::string& name) {
  std::string shown("netherlink ");
  shown.append(name);
  auto* const socket = amqp_tcp_socket_new(state_);
  if (socket == nullptr) return failed("connect", "out of memory");
  auto limit = seconds(connect_limit);
  if (!check(amqp_socket_open_noblock(socket, endpoint.host.c_str(), endpoint.port, &limit), "connect")) return false;
  lifeline_.attach(fd());
  const Armed armed(lifeline_, open_lifeline);
  limit = seconds(answer_limit);
  amqp_set_handshake_timeout(state_, &limit);
  amqp_set_rpc_timeout(state_, &limit);

  Table capabilities, properties;
  for (const char* capability : {"connection.blocked", "consumer_cancel_notify", "publisher_confirms", "basic.nack",
                                 "authentication_failure_close"}) {
    capabilities.add(capability, true);
  }
  properties.add("capabilities", capabilities);
  properties.add("connection_name", std::string_view(shown));
  properties.add("product", std::string_view("NetherLink"));
  const auto table = properties.get();
  const auto reply =
      amqp_login_with_properties(state_, endpoint.vhost.c_str(), 0, AMQP_DEFAULT_FRAME_SIZE, heartbeat_seconds, &table,
                                 AMQP_SASL_METHOD_PLAIN, endpoint.user.c_str(), endpoint.password.c_str());
  if (reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION) return check(reply.library_error, "login");
  if (reply.reply_type != AMQP_RESPONSE_NORMAL) return failed("login", "refused by the broker");
  open_ = true;
  return true;
}

bool Connection::check(int status, std::string_view what) {
  return status == AMQP_STATUS_OK || failed(what, amqp_error_string2(status));
}

bool Connection::failed(std::string_view what, std::string_view why) {
  open_ = false;
  error_.assign(what).append(": ").append(why);
  return false;
}

bool Connection::check_reply(std::string_view what) {
  const auto reply = amqp_get_rpc_reply(state_);
  if (reply.reply_type == AMQP_RESPONSE_NORMAL) return true;
  if (reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION) return check(reply.library_error, what);
  if (reply.reply.id == AMQP_CHANNEL_CLOSE_METHOD) {
    const auto& close = *static_cast<const amqp_channel_close_t*>(reply.reply.decoded);
    return failed(what, text(close.reply_text));
  }
  if (reply.reply.id == AMQP_CONNECTION_CLOSE_METHOD) {
    const auto& close = *static_cast<const amqp_connection_close_t*>(reply.reply.decoded);
    return failed(what, text(close.reply_text));
  }
  return failed(what, "unexpected answer");
}

bool Connection::open_channel(amqp_channel_t channel) {
  const Armed armed(lifeline_, rpc_lifeline);
  amqp_channel_open(state_, channel);
  return check_reply("channel.open");
}

bool Connection::select_confirms(amqp_channel_t channel) {
  const Armed armed(lifeline_, rpc_lifeline);
  amqp_confirm_select(state_, channel);
  return check_reply("confirm.select");
}

bool Connection::declare_exchange(amqp_channel_t channel, const std::string& name, const char* type) {
  const Armed armed(lifeline_, rpc_lifeline);
  amqp_exchange_declare(state_, channel, bytes(name), bytes(type), 0, 1, 0, 0, amqp_empty_table);
  return check_reply(name);
}

bool Connection::declare_queue(amqp_channel_t channel, const Queue& queue) {
  const Armed armed(lifeline_, rpc_lifeline);
  Table arguments;
  for (const auto& [name, value] : queue.texts) arguments.add(name, std::string_view(value));
  for (const auto& [name, value] : queue.numbers) arguments.add(name, value);
  for (const auto* name : queue.flags) arguments.add(name, true);
  amqp_queue_declare(state_, channel, bytes(queue.name), 0, queue.durable, queue.exclusive, queue.auto_delete,
                     arguments.get());
  return check_reply(queue.name);
}

bool Connection::delete_queue(amqp_channel_t channel, const std::string& name) {
  const Armed armed(lifeline_, rpc_lifeline);
  amqp_queue_delete(state_, channel, bytes(name), 0, 0);
  return check_reply(name);
}

bool Connection::bind(amqp_channel_t channel, const std::string& queue, const std::string& exchange,
                      const std::string& key) {
  const Armed armed(lifeline_, rpc_lifeline);
  amqp_queue_bind(state_, channel, bytes(queue), bytes(exchange), bytes(key), amqp_empty_table);
  return check_reply(queue);
}

bool Connection::publish(amqp_channel_t channel, const Message& message, const std::string& message_id) {
  const Armed armed(lifeline_, send_lifeline);
  Table headers;
  for (const auto& [name, value] : message.headers) headers.add(name, std::string_view(value));
  amqp_basic_properties_t properties{};
  properties._flags = AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_MESSAGE_ID_FLAG | AMQP_BASIC_PRIORITY_FLAG;
  properties.delivery_mode = message.persistent ? 2 : 1;
  properties.message_id = bytes(message_id);
  properties.priority = message.priority;
  if (!message.expiration.empty()) {
    properties._flags |= AMQP_BASIC_EXPIRATION_FLAG;
    properties.expiration = bytes(message.expiration);
  }
  if (!message.headers.empty()) {
    properties._flags |= AMQP_BASIC_HEADERS_FLAG;
    properties.headers = headers.get();
  }
  return check(amqp_basic_publish(state_, channel, bytes(message.exchange), bytes(message.routing_key),
                                  message.mandatory, 0, &properties, bytes(*message.body)),
               "publish");
}

bool Connection::ack(amqp_channel_t channel, std::uint64_t tag, bool multiple) {
  const Armed armed(lifeline_, send_lifeline);
  return check(amqp_basic_ack(state_, channel, tag, multiple), "ack");
}

bool Connection::reject(amqp_channel_t channel, std::uint64_t tag) {
  const Armed armed(lifeline_, send_lifeline);
  return check(amqp_basic_reject(state_, channel, tag, 0), "reject");
}

bool Connection::start_consuming(amqp_channel_t channel, const std::string& queue, std::uint16_t prefetch) {
  const Armed armed(lifeline_, send_lifeline);
  amqp_channel_open_t open{amqp_empty_bytes};
  amqp_basic_qos_t qos{0, prefetch, 0};
  amqp_basic_consume_t consume{};
  consume.queue = bytes(queue);
  consume.consumer_tag = amqp_empty_bytes;
  consume.arguments = amqp_empty_table;
  return check(amqp_send_method(state_, channel, AMQP_CHANNEL_OPEN_METHOD, &open), "channel.open") &&
         check(amqp_send_method(state_, channel, AMQP_BASIC_QOS_METHOD, &qos), "basic.qos") &&
         check(amqp_send_method(state_, channel, AMQP_BASIC_CONSUME_METHOD, &consume), "basic.consume");
}

bool Connection::start_closing(amqp_channel_t channel) {
  const Armed armed(lifeline_, send_lifeline);
  partial_.erase(channel);
  amqp_channel_close_t close{AMQP_REPLY_SUCCESS, amqp_empty_bytes, 0, 0};
  return check(amqp_send_method(state_, channel, AMQP_CHANNEL_CLOSE_METHOD, &close), "channel.close");
}

bool Connection::get(amqp_channel_t channel, const std::string& queue, Event& event) {
  const Armed armed(lifeline_, rpc_lifeline);
  const auto reply = amqp_basic_get(state_, channel, bytes(queue), 0);
  if (reply.reply_type != AMQP_RESPONSE_NORMAL) return check_reply("basic.get");
  event = Event();
  if (reply.reply.id != AMQP_BASIC_GET_OK_METHOD) return true;
  const auto& got = *static_cast<const amqp_basic_get_ok_t*>(reply.reply.decoded);
  auto& partial = partial_[channel] = Partial();
  partial.event.kind = Event::Kind::delivery;
  partial.event.tag = got.delivery_tag;
  partial.event.exchange = text(got.exchange);
  partial.event.routing_key = text(got.routing_key);
  const auto deadline = Clock::now() + answer_limit;
  while (event.kind != Event::Kind::delivery) {
    const auto state = next(event);
    if (state == Next::failed) return false;
    if (Clock::now() > deadline) return failed("basic.get", "no content");
    if (state == Next::nothing) Wake().wait(fd(), 100ms);
  }
  return true;
}

void Connection::close() {
  if (!open_) return;
  open_ = false;
  auto limit = seconds(goodbye_limit);
  amqp_set_rpc_timeout(state_, &limit);
  const Armed armed(lifeline_, goodbye_limit + 500ms);
  amqp_connection_close(state_, AMQP_REPLY_SUCCESS);
}

}  // namespace netherlink::bus::rabbitmq
