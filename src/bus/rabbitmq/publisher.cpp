#include "bus/rabbitmq/publisher.hpp"

#include <pthread.h>

#include <algorithm>
#include <charconv>

#include "bus/rabbitmq/instruments.hpp"
#include "netherlink/log/log.hpp"

namespace netherlink::bus::rabbitmq {
namespace {

using namespace std::chrono_literals;

constexpr amqp_channel_t channel = 1;
constexpr auto stalled_after = 4s;  // without a confirm: nothing more is taken
constexpr auto patience = 6s;       // without a confirm: what is there is given up
constexpr auto stop_patience = 2s;
constexpr auto longest_wait = 1s;          // heartbeats want to be served
constexpr std::size_t sent_in_a_row = 32;  // before confirms are looked at again

}  // namespace

Publisher::Publisher(Options options, const std::vector<std::string>& urls, MessageSource& source, Monitor& monitor)
    : options_(std::move(options)), endpoints_(urls), source_(source) {
  progress();
  monitor.add([this](Clock::time_point now) { tick(now); });
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), ("bus-" + options_.name).substr(0, 15).c_str());
}

bool Publisher::accepts() const {
  if (!connected_ || blocked_ || stopping_) return false;
  return Clock::now().time_since_epoch().count() - last_progress_ < Clock::duration(stalled_after).count();
}

void Publisher::progress() {
  const auto now = Clock::now();
  last_progress_ = now.time_since_epoch().count();
  give_up_at_ = now + patience;
  grace_used_ = false;
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
  return unsettled_ == 0 && resend_.empty() && source_.empty();
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
    give_up(finished);
  }
  tell(finished);
  source_.drop();
}

bool Publisher::connect(Connection& connection) {
  if (!connection.open(endpoints_.current(), options_.name)) return false;
  if (!connection.open_channel(channel) || !options_.declare(connection, channel)) return false;
  if (!connection.select_confirms(channel)) return false;
  endpoints_.succeeded();
  declared_at_ = Clock::now();
  log::info("bus connected", {{"connection", options_.name}, {"broker", endpoints_.current().name()}});
  std::lock_guard lock(mutex_);
  next_tag_ = 1;
  blocked_ = false;
  connected_ = true;
  if (!std::exchange(grace_used_, true)) give_up_at_ = Clock::now() + patience;
  last_progress_ = Clock::now().time_since_epoch().count();
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
  return options_.declare(connection, channel);
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
      log::info("bus unblocked", {{"connection", options_.name}});
      {
        std::lock_guard lock(mutex_);
        progress();
      }
      blocked_ = false;
      break;
    case Event::Kind::channel_closed:
      log::error("bus channel closed", {{"connection", options_.name}, {"reason", event.reason}});
      return false;
    case Event::Kind::returned:
    case Event::Kind::ack:
    case Event::Kind::nack: {
      std::lock_guard lock(mutex_);
      settle(event, finished);
      break;
    }
    default:
      break;
  }
  tell(finished);
  return true;
}

void Publisher::settle(const Event& event, Finished& finished) {
  const auto by_tag = [](const Sent& sent, std::uint64_t tag) { return sent.tag < tag; };
  if (event.kind == Event::Kind::returned) {
    // An acknowledgement follows that means nothing.
    std::uint64_t tag = 0;
    std::from_chars(event.message_id.data(), event.message_id.data() + event.message_id.size(), tag);
    const auto found = std::lower_bound(sent_.begin(), sent_.end(), tag, by_tag);
    if (found != sent_.end() && found->tag == tag) found->returned = true;
    instruments().returned.add();
    unroutable_ = true;
    return;
  }
  const bool confirmed = event.kind == Event::Kind::ack;
  if (!confirmed) instruments().nacked.add();
  const auto last = std::upper_bound(sent_.begin(), sent_.end(), event.tag,
                                     [](std::uint64_t tag, const Sent& sent) { return tag < sent.tag; });
  auto first = event.multiple ? sent_.begin() : std::lower_bound(sent_.begin(), last, event.tag, by_tag);
  for (; first != last; ++first) settle(*first, confirmed && !first->returned, finished);
  while (!sent_.empty() && sent_.front().settled) sent_.pop_front();
  progress();
}

void Publisher::settle(Sent& sent, bool confirmed, Finished& finished) {
  if (std::exchange(sent.settled, true)) return;
  --unsettled_;
  sent_bytes_ -= sent.outgoing.message.body->size();
  finished.emplace_back(std::move(sent.outgoing), confirmed);
}

bool Publisher::window_open() const {
  return unsettled_ < options_.window_messages && sent_bytes_ < options_.window_bytes && !blocked_;
}

std::optional<Outgoing> Publisher::take(Clock::time_point& ask_again) {
  if (resend_.empty()) return source_.next(Clock::now(), ask_again);
  auto outgoing = std::move(resend_.front());
  resend_.pop_front();
  return outgoing;
}

bool Publisher::send(Connection& connection, Clock::time_point& ask_again) {
  for (std::size_t i = 0;; ++i) {
    Message message;
    std::string id;
    {
      std::lock_guard lock(mutex_);
      if (!window_open()) return true;
      if (i >= sent_in_a_row) {
        ask_again = Clock::now();
        return true;
      }
      auto outgoing = take(ask_again);
      if (!outgoing) return true;
      message = outgoing->message;
      ++unsettled_;
      sent_bytes_ += message.body->size();
      id = std::to_string(next_tag_);
      sent_.push_back({next_tag_++, false, false, std::move(*outgoing)});
    }
    if (!connection.publish(channel, message, id)) return false;
  }
}

void Publisher::disconnected() {
  std::lock_guard lock(mutex_);
  connected_ = false;
  for (auto sent = sent_.rbegin(); sent != sent_.rend(); ++sent) {
    if (!sent->settled) resend_.push_front(std::move(sent->outgoing));
  }
  sent_.clear();
  sent_bytes_ = unsettled_ = 0;
  // The broker had its time; what is left of it is for finding another.
  if (!grace_used_) give_up_at_ = Clock::now() + patience;
}

void Publisher::tick(Clock::time_point now) {
  lifeline_.check(now);
  if (stopping_ && now.time_since_epoch().count() > stop_deadline_) lifeline_.cut();
  Finished finished;
  {
    std::lock_guard lock(mutex_);
    if (unsettled_ == 0 && resend_.empty() && source_.empty()) return progress();
    if (now < give_up_at_ || !options_.gives_up) return;
    give_up(finished);
    progress();
    if (connected_ && !blocked_) lifeline_.cut();
  }
  log::error("bus gave messages up", {{"connection", options_.name}, {"messages", finished.size()}});
  tell(finished);
  source_.drop();
}

void Publisher::give_up(Finished& finished) {
  for (auto& sent : sent_) {
    if (!sent.settled) settle(sent, false, finished);
  }
  sent_.clear();
  for (auto& outgoing : resend_) finished.emplace_back(std::move(outgoing), false);
  resend_.clear();
  instruments().lost.add(static_cast<double>(finished.size()));
}

void Publisher::tell(Finished& finished) {
  for (auto& [outgoing, confirmed] : finished) outgoing.done(confirmed);
}

}  // namespace netherlink::bus::rabbitmq
