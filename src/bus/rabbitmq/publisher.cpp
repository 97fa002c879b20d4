#include "bus/rabbitmq/publisher.hpp"

#include <pthread.h>

#include <algorithm>

#include "bus/rabbitmq/instruments.hpp"
#include "netherlink/log/log.hpp"

namespace netherlink::bus::rabbitmq {
namespace {

using namespace std::chrono_literals;

constexpr amqp_channel_t declaring = 1;
// A new connection may help a lane that gave up; sooner when nothing else gets through either.
constexpr auto stuck_patience = 30s;
constexpr auto silence_patience = 5s;
constexpr auto stop_patience = 2s;
constexpr auto longest_wait = 1s;          // heartbeats want to be served
constexpr std::size_t sent_in_a_row = 32;  // before confirms are looked at again

amqp_channel_t channel_of(std::size_t lane) {
  return static_cast<amqp_channel_t>(lane + 2);
}

}  // namespace

Publisher::Publisher(Options options, const std::vector<std::string>& urls, MessageSource& source, Monitor& monitor)
    : options_(std::move(options)), endpoints_(urls), source_(source), lanes_(options_.lanes) {
  monitor.add([this](Clock::time_point now) { tick(now); });
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), ("bus-" + options_.name).substr(0, 15).c_str());
}

bool Publisher::accepts(std::size_t lane) const {
  return connected_ && !blocked_ && !stopping_ && !lanes_[lane].stalled(Clock::now());
}

void Publisher::begin_stop() {
  if (stopping_) return;
  stop_deadline_ = (Clock::now() + stop_patience).time_since_epoch().count();
  stopping_ = true;
  wake_.signal();
}

void Publisher::stop() {
  begin_stop();
  if (!connected_) lifeline_.cut();
  wake_.signal();
  if (thread_.joinable()) thread_.join();
}

bool Publisher::done_stopping() const {
  if (!stopping_) return false;
  return Clock::now().time_since_epoch().count() >= stop_deadline_ || idle();
}

bool Publisher::idle() const {
  std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    if (!lanes_[i].empty() || !source_.empty(i)) return false;
  }
  return true;
}

void Publisher::run() {
  bool before = false;
  while (!stopping_ && !endpoints_.empty()) {
    Connection connection(lifeline_);
    if (connect(connection)) {
      if (std::exchange(before, true)) reconnects(options_.name).add();
      serve(connection);
      if (stopping_ && idle()) connection.close();
      disconnected();
    }
    if (stopping_) break;
    const auto delay = endpoints_.failed();
    log::warn("bus connection lost", {{"connection", options_.name}, {"reason", connection.error()}});
    for (const auto end = Clock::now() + delay; !stopping_ && Clock::now() < end;) {
      wake_.wait(-1, std::chrono::ceil<std::chrono::microseconds>(end - Clock::now()));
    }
  }
  Finished finished;
  {
    std::lock_guard lock(mutex_);
    for (auto& lane : lanes_) lane.give_up(finished, false);
  }
  tell(finished);
  for (std::size_t i = 0; i < lanes_.size(); ++i) source_.drop(i);
}

bool Publisher::connect(Connection& connection) {
  if (!connection.open(endpoints_.current(), options_.name)) return false;
  if (!connection.open_channel(declaring) || !options_.declare(connection, declaring)) return false;
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    if (!connection.open_channel(channel_of(i)) || !connection.select_confirms(channel_of(i))) return false;
  }
  endpoints_.succeeded();
  declared_at_ = Clock::now();
  log::info("bus connected", {{"connection", options_.name}, {"broker", endpoints_.current().name()}});
  std::lock_guard lock(mutex_);
  for (auto& lane : lanes_) lane.connected();
  heard_at_ = Clock::now();
  blocked_ = false;
  connected_ = true;
  return true;
}

void Publisher::serve(Connection& connection) {
  while (!done_stopping()) {
    if (!receive(connection) || !declare_again(connection)) return;
    auto ask_again = Clock::now() + longest_wait;
    if (!send(connection, ask_again)) return;
    if (connection.has_input()) continue;
    if (stopping_) ask_again = std::min(ask_again, Clock::now() + 10ms);
    wake_.wait(connection.fd(), std::chrono::ceil<std::chrono::microseconds>(ask_again - Clock::now()));
  }
}

// A message came back: somebody deleted a queue.
bool Publisher::declare_again(Connection& connection) {
  if (!unroutable_ || Clock::now() < declared_at_ + longest_wait) return true;
  unroutable_ = false;
  declared_at_ = Clock::now();
  return options_.declare(connection, declaring);
}

bool Publisher::receive(Connection& connection) {
  for (Event event;;) {
    switch (connection.next(event)) {
      case Connection::Next::failed:
        return false;
      case Connection::Next::nothing:
        return true;
      case Connection::Next::event:
        if (!handle(event)) return false;
    }
  }
}

bool Publisher::handle(const Event& event) {
  Finished finished;
  switch (event.kind) {
    case Event::Kind::blocked:
      log::warn("bus blocked by the broker", {{"connection", options_.name}, {"reason", event.reason}});
      blocked_ = true;
      break;
    case Event::Kind::unblocked:
      unblocked();
      break;
    case Event::Kind::channel_closed:
      log::error("bus channel closed", {{"connection", options_.name}, {"reason", event.reason}});
      return false;
    case Event::Kind::returned:
    case Event::Kind::ack:
    case Event::Kind::nack:
      settle(event, finished);
      break;
    default:
      break;
  }
  tell(finished);
  return true;
}

void Publisher::unblocked() {
  log::info("bus unblocked", {{"connection", options_.name}});
  std::lock_guard lock(mutex_);
  for (auto& lane : lanes_) lane.progress();
  blocked_ = false;
}

void Publisher::settle(const Event& event, Finished& finished) {
  if (event.channel < channel_of(0) || event.channel >= channel_of(lanes_.size())) return;
  if (event.kind == Event::Kind::returned) {
    instruments().returned.add();
    unroutable_ = true;
  }
  if (event.kind == Event::Kind::nack) instruments().nacked.add();
  std::lock_guard lock(mutex_);
  heard_at_ = Clock::now();
  lanes_[event.channel - channel_of(0)].settle(event, finished);
}

std::optional<Outgoing> Publisher::take(Clock::time_point& ask_again) {
  if (blocked_) return std::nullopt;
  for (auto& lane : lanes_) {
    if (lane.has_to_resend() && open(lane)) return lane.next_to_resend();
  }
  return source_.next(Clock::now(), ask_again,
                      [this](std::size_t lane) { return !lanes_[lane].has_to_resend() && open(lanes_[lane]); });
}

bool Publisher::send(Connection& connection, Clock::time_point& ask_again) {
  for (std::size_t i = 0; i < sent_in_a_row; ++i) {
    Message message;
    std::string id;
    amqp_channel_t channel = 0;
    {
      std::lock_guard lock(mutex_);
      auto outgoing = take(ask_again);
      if (!outgoing) return true;
      message = outgoing->message;
      channel = channel_of(outgoing->lane);
      auto& lane = lanes_[outgoing->lane];
      id = lane.add(std::move(*outgoing));
    }
    if (!connection.publish(channel, message, id)) return false;
  }
  ask_again = Clock::now();
  return true;
}

void Publisher::disconnected() {
  std::lock_guard lock(mutex_);
  connected_ = false;
  for (auto& lane : lanes_) lane.disconnected();
}

void Publisher::tick(Clock::time_point now) {
  lifeline_.check(now);
  if (stopping_ && now.time_since_epoch().count() > stop_deadline_) lifeline_.cut();
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    Finished finished;
    {
      std::lock_guard lock(mutex_);
      if (!late(i, now)) continue;
      lanes_[i].give_up(finished, connected_);
    }
    log::error("bus gave messages up", {{"connection", options_.name}, {"lane", i}, {"messages", finished.size()}});
    tell(finished);
    source_.drop(i);
  }
}

bool Publisher::late(std::size_t index, Clock::time_point now) {
  auto& lane = lanes_[index];
  if (const auto since = lane.stuck_since()) {
    const bool silence = now > heard_at_ + silence_patience;
    if (connected_ && !blocked_ && (silence || now > *since + stuck_patience)) lifeline_.cut();
    return false;
  }
  if (!lane.empty() || !source_.empty(index)) return options_.gives_up && lane.late(now);
  lane.progress();
  return false;
}

void Publisher::tell(Finished& finished) {
  for (auto& [outgoing, confirmed] : finished) outgoing.done(confirmed);
}

}  // namespace netherlink::bus::rabbitmq
