#include "bus/rabbitmq/push_subscriber.hpp"

#include <pthread.h>

#include "bus/rabbitmq/instruments.hpp"
#include "bus/rabbitmq/topology.hpp"
#include "netherlink/log/log.hpp"

namespace netherlink::bus::rabbitmq {
namespace {

using namespace std::chrono_literals;

constexpr auto connection_name = "push-in";
constexpr amqp_channel_t declare_channel = 1, consume_channel = 2;
constexpr std::uint16_t prefetch = 100;  // what a slow handler costs in memory is in these and in its bounded queue
constexpr std::uint64_t ack_every = 25;
constexpr auto longest_wait = 1s;
constexpr auto stalled_after = 5s;  // the broker may have dropped what did not fit
constexpr std::size_t most_streams = 10'000;

}  // namespace

PushSubscriber::PushSubscriber(const RabbitBusOptions& options, Spread& spread, Monitor& monitor,
                               std::function<void(Payload)> handler, std::function<void()> on_gap)
    : instance_(options.instance),
      spread_(spread),
      endpoints_(options.urls),
      handler_(std::move(handler)),
      on_gap_(std::move(on_gap)),
      lifeline_(std::make_shared<Lifeline>()) {
  monitor.add([lifeline = lifeline_](Clock::time_point now) { lifeline->check(now); });
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), "bus-push-in");
}

void PushSubscriber::stop() {
  stopping_ = true;
  if (!connected_) lifeline_->cut();
  wake_.signal();
  if (thread_.joinable()) thread_.join();
}

void PushSubscriber::run() {
  bool before = false;
  while (!stopping_ && !endpoints_.empty()) {
    Connection connection(*lifeline_);
    if (connect(connection)) {
      if (std::exchange(before, true)) reconnects(connection_name).add();
      if (serve(connection)) return connection.close();
      connected_ = false;
    }
    if (stopping_) return;
    const auto delay = endpoints_.failed();
    log::warn("bus connection lost", {{"connection", connection_name}, {"reason", connection.error()}});
    for (const auto end = Clock::now() + delay; !stopping_ && Clock::now() < end;) {
      wake_.wait(-1, std::chrono::ceil<std::chrono::microseconds>(end - Clock::now()));
    }
  }
}

bool PushSubscriber::connect(Connection& connection) {
  if (!connection.open(endpoints_.current(), connection_name)) return false;
  // Another name each time: the broker may not have noticed yet that the connection before is gone.
  static thread_local std::mt19937_64 random{std::random_device{}()};
  const auto queue = "im.push." + instance_ + "." + std::to_string(random());
  if (!connection.open_channel(declare_channel) || !declare_push(connection, declare_channel)) return false;
  if (!declare_push_queue(connection, declare_channel, queue, instance_)) return false;
  if (!connection.start_consuming(consume_channel, queue, prefetch)) return false;
  endpoints_.succeeded();
  last_tag_ = acked_tag_ = 0;
  streams_.clear();
  log::info("bus connected", {{"connection", connection_name}, {"broker", endpoints_.current().name()}});
  return true;
}

// True: stopped.
bool PushSubscriber::serve(Connection& connection) {
  // The queue is bound: whatever is published from now on arrives.
  connected_ = true;
  gap("connected");
  for (turn_ = Clock::now();;) {
    if (stopping_) return true;
    take_turn();
    if (!receive(connection) || !acknowledge(connection)) return false;
    if (!connection.has_input()) wake_.wait(connection.fd(), longest_wait);
  }
}

void PushSubscriber::take_turn() {
  const auto now = Clock::now();
  if (now - std::exchange(turn_, now) > stalled_after) gap("stalled");
}

bool PushSubscriber::receive(Connection& connection) {
  for (Event event; !stopping_;) {
    const auto next = connection.next(event);
    if (next == Connection::Next::failed) return false;
    if (next == Connection::Next::nothing) return true;
    if (event.kind == Event::Kind::channel_closed || event.kind == Event::Kind::cancelled) {
      log::warn("push queue gone", {{"reason", event.reason}});
      return false;
    }
    if (event.kind != Event::Kind::delivery) continue;
    last_tag_ = event.tag;
    handle(event);
    take_turn();
    if (last_tag_ - acked_tag_ >= ack_every && !acknowledge(connection)) return false;
  }
  return true;
}

bool PushSubscriber::acknowledge(Connection& connection) {
  if (last_tag_ == acked_tag_) return true;
  acked_tag_ = last_tag_;
  return connection.ack(consume_channel, last_tag_, true);
}

void PushSubscriber::handle(const Event& event) {
  const auto message = decode_push(*event.body);
  if (!message) return log::error("push message not understood", {{"bytes", event.body->size()}});
  if (!in_order(*message)) return;
  switch (message->kind) {
    case PushMessage::Kind::payload:
      return handler_(std::make_shared<const std::string>(message->payload));
    case PushMessage::Kind::lost:
      return gap("another replica could not send");
    case PushMessage::Kind::presence:
      return spread_.received(message->payload, Clock::now());
    case PushMessage::Kind::marker:
      break;
  }
  {
    std::lock_guard lock(mutex_);
    marker_ = message->payload;
  }
  marked_.notify_all();
}

bool PushSubscriber::in_order(const PushMessage& message) {
  if (streams_.size() >= most_streams) streams_.clear();
  auto& next = streams_.try_emplace(message.stream, message.number).first->second;
  if (message.number < next) return false;
  if (message.number > next) gap("messages missing");
  next = message.number + 1;
  return true;
}

void PushSubscriber::gap(const char* reason) {
  instruments().gaps.add();
  log::info("pushes may be missing", {{"reason", reason}});
  on_gap_();
}

bool PushSubscriber::wait_for_marker(std::string_view text, std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  return marked_.wait_for(lock, timeout, [&] { return marker_ == text; });
}

}  // namespace netherlink::bus::rabbitmq
