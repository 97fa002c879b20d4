#include "bus/rabbitmq/ingest_consumer.hpp"

#include <pthread.h>

#include <algorithm>

#include "bus/rabbitmq/instruments.hpp"
#include "bus/rabbitmq/topology.hpp"
#include "netherlink/log/log.hpp"

namespace netherlink::bus::rabbitmq {
namespace {

using namespace std::chrono_literals;

constexpr auto connection_name = "ingest-in";
constexpr auto answer_limit = 10s;  // of the broker to a channel
// A queue without a leader keeps its channel busy, and the others go on meanwhile.
constexpr auto closing_limit = 2min;
constexpr auto retry_pause = 500ms;      // after a queue refused
constexpr auto give_back_pause = 200ms;  // another consumer goes first
constexpr auto standby_pause = 3s;       // those that should consume it go first
constexpr auto settle_pause = 1500ms;    // until a new owner consumes too
constexpr auto stand_in_limit = 10s;     // for an owner who is there, and was not in line when it was its turn
constexpr auto care_interval = 100ms;
constexpr std::size_t prefetch_in_all = 512;  // AMQP messages of at most about 64 KiB

// Channel 1 declares.
amqp_channel_t channel_of(std::size_t partition) {
  return static_cast<amqp_channel_t>(partition + 2);
}

}  // namespace

RabbitIngestConsumer::RabbitIngestConsumer(const RabbitBusOptions& options, Spread& spread, Monitor& monitor,
                                           std::shared_ptr<std::atomic<int>> missing,
                                           std::shared_ptr<std::atomic<std::size_t>> arrived)
    : partitions_(options.partitions),
      prefetch_(static_cast<std::uint16_t>(std::clamp<std::size_t>(prefetch_in_all / partitions_, 8, 64))),
      spread_(spread),
      endpoints_(options.urls),
      lifeline_(std::make_shared<Lifeline>()),
      missing_(std::move(missing)),
      inbox_(partitions_, std::move(arrived)),
      channels_(partitions_) {
  ++*missing_;
  monitor.add([lifeline = lifeline_](Clock::time_point now) { lifeline->check(now); });
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), "bus-ingest-in");
}

RabbitIngestConsumer::~RabbitIngestConsumer() {
  abandoned_ = true;
  stop();
  if (!connected_) lifeline_->cut();
  thread_.join();
  if (!connected_) --*missing_;
}

void RabbitIngestConsumer::ack(std::uint64_t tag) {
  inbox_.ack(tag);
  wake_.signal();
}

void RabbitIngestConsumer::give_back() {
  inbox_.give_back();
  wake_.signal();
}

void RabbitIngestConsumer::stop() {
  inbox_.stop();
  spread_.leave();
  wake_.signal();
}

bool RabbitIngestConsumer::finished() const {
  return abandoned_ || (inbox_.stopped() && inbox_.idle());
}

void RabbitIngestConsumer::set_connected(bool connected) {
  if (connected_.exchange(connected) == connected) return;
  *missing_ += connected ? -1 : 1;
}

void RabbitIngestConsumer::run() {
  bool before = false;
  while (!finished() && !endpoints_.empty()) {
    Connection connection(*lifeline_);
    if (connect(connection)) {
      if (std::exchange(before, true)) reconnects(connection_name).add();
      if (serve(connection)) return connection.close();
      disconnected();
    }
    if (finished()) return;
    const auto delay = endpoints_.failed();
    log::warn("bus connection lost", {{"connection", connection_name}, {"reason", connection.error()}});
    sleep(delay);
  }
}

void RabbitIngestConsumer::sleep(Clock::duration duration) {
  for (const auto end = Clock::now() + duration; !finished() && Clock::now() < end;) {
    wake_.wait(-1, std::chrono::ceil<std::chrono::microseconds>(end - Clock::now()));
  }
}

bool RabbitIngestConsumer::connect(Connection& connection) {
  if (!connection.open(endpoints_.current(), connection_name)) return false;
  if (!connection.open_channel(1) || !declare_dead(connection, 1)) return false;
  if (!declare_ingest(connection, 1, partitions_)) return false;
  endpoints_.succeeded();
  connected_at_ = Clock::now();
  if (!inbox_.stopped()) spread_.join(connected_at_);
  set_connected(true);
  log::info("bus connected", {{"connection", connection_name}, {"broker", endpoints_.current().name()}});
  return true;
}

void RabbitIngestConsumer::disconnected() {
  spread_.leave();
  set_connected(false);
  for (std::size_t partition = 0; partition < partitions_; ++partition) closed(partition, 0s);
}

// True: stopped, and everything that was taken is acknowledged.
bool RabbitIngestConsumer::serve(Connection& connection) {
  for (;;) {
    const bool last = finished();
    if (!receive(connection) || !work(connection)) return false;
    if (last) return true;
    if (!care(connection)) return false;
    if (!connection.has_input()) wake_.wait(connection.fd(), care_interval);
  }
}

bool RabbitIngestConsumer::receive(Connection& connection) {
  for (Event event;;) {
    switch (connection.next(event)) {
      case Connection::Next::failed:
        return false;
      case Connection::Next::nothing:
        return true;
      case Connection::Next::event:
        if (!handle(connection, event)) return false;
    }
  }
}

bool RabbitIngestConsumer::handle(Connection& connection, Event& event) {
  if (event.channel < channel_of(0) || event.channel >= channel_of(partitions_)) return true;
  const std::size_t partition = event.channel - channel_of(0);
  auto& channel = channels_[partition];
  switch (event.kind) {
    case Event::Kind::consuming:
      if (channel.state == Channel::State::starting) channel.state = Channel::State::consuming;
      return true;
    case Event::Kind::delivery:
      return deliver(connection, partition, event);
    case Event::Kind::cancelled:
      log::warn("consumer cancelled by the broker", {{"partition", partition}});
      return close(connection, partition, retry_pause);
    case Event::Kind::channel_closed:
      if (!event.reason.empty()) {
        log::warn("bus channel closed", {{"partition", partition}, {"reason", event.reason}});
        channel.not_before = Clock::now() + retry_pause;
      }
      closed(partition, channel.not_before - Clock::now());
      return true;
    default:
      return true;
  }
}

bool RabbitIngestConsumer::deliver(Connection& connection, std::size_t partition, const Event& event) {
  const auto state = channels_[partition].state;
  if (state != Channel::State::starting && state != Channel::State::consuming) return true;
  channels_[partition].active = true;
  auto items = split_batch(*event.body);
  if (!items || items->empty()) {
    log::error("ingest message not understood", {{"partition", partition}, {"bytes", event.body->size()}});
    return connection.reject(event.channel, event.tag);
  }
  inbox_.deliver(partition, event.tag, event.redelivered, std::move(*items));
  return true;
}

bool RabbitIngestConsumer::work(Connection& connection) {
  const auto work = inbox_.collect();
  for (const auto& [partition, tag] : work.acks) {
    if (channels_[partition].state == Channel::State::consuming && !connection.ack(channel_of(partition), tag, true)) {
      return false;
    }
  }
  for (const auto partition : work.given_back) {
    if (!close(connection, partition, give_back_pause)) return false;
  }
  return true;
}

bool RabbitIngestConsumer::care(Connection& connection) {
  const auto now = Clock::now();
  if (now < next_care_) return true;
  next_care_ = now + care_interval;
  for (std::size_t partition = 0; partition < partitions_; ++partition) {
    if (!care(connection, partition, now)) return false;
  }
  return true;
}

bool RabbitIngestConsumer::care(Connection& connection, std::size_t partition, Clock::time_point now) {
  auto& channel = channels_[partition];
  switch (channel.state) {
    case Channel::State::closed:
      return start(connection, partition, now);
    case Channel::State::starting:
      return now < channel.since + answer_limit || close(connection, partition, retry_pause);
    case Channel::State::closing:
      return now < channel.since + closing_limit;
    case Channel::State::consuming:
      break;
  }
  const auto owner = spread_.owner(partition);
  if (owner == spread_.instance()) {
    channel.owner = owner;
  } else if (!channel.yielding && now >= spread_.changed_at() + settle_pause &&
             (owner != channel.owner || (channel.active && now >= channel.since + stand_in_limit))) {
    channel.yielding = true;
    inbox_.hold(partition);
  }
  // What was taken is acknowledged first; the rest goes to the next in line, which is the owner once everybody else did
  // the same.
  if (!channel.yielding || !inbox_.idle(partition)) return true;
  return work(connection) && close(connection, partition, standby_pause);
}

bool RabbitIngestConsumer::start(Connection& connection, std::size_t partition, Clock::time_point now) {
  auto& channel = channels_[partition];
  if (inbox_.stopped() || now < channel.not_before || !spread_.ready(now)) return true;
  auto owner = spread_.owner(partition);
  if (owner != spread_.instance() && now < connected_at_ + standby_pause) return true;
  channel = {Channel::State::starting, now, {}, std::move(owner), false, false};
  inbox_.begin_life(partition);
  return connection.start_consuming(channel_of(partition), ingest_queue(partition), prefetch_);
}

bool RabbitIngestConsumer::close(Connection& connection, std::size_t partition, Clock::duration pause) {
  auto& channel = channels_[partition];
  if (channel.state != Channel::State::starting && channel.state != Channel::State::consuming) return true;
  inbox_.end_life(partition);
  channel.state = Channel::State::closing;
  channel.since = Clock::now();
  channel.not_before = channel.since + pause;
  return connection.start_closing(channel_of(partition));
}

void RabbitIngestConsumer::closed(std::size_t partition, Clock::duration pause) {
  inbox_.end_life(partition);
  channels_[partition] = {Channel::State::closed, Clock::now(), Clock::now() + pause, {}, false, false};
}

}  // namespace netherlink::bus::rabbitmq
