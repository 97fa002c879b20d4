#include "bus/rabbitmq/push_outbox.hpp"

#include "bus/rabbitmq/topology.hpp"

namespace netherlink::bus::rabbitmq {
namespace {

constexpr std::size_t limit_bytes = std::size_t{32} << 20;
constexpr std::size_t most_streams = 10'000;

}  // namespace

void PushOutbox::add(std::span<const std::string> instances, std::string_view payload) {
  std::lock_guard lock(mutex_);
  if (instances.empty()) return append(PushMessage::Kind::payload, all_key, payload);
  for (const auto& instance : instances) append(PushMessage::Kind::payload, instance_key(instance), payload);
}

void PushOutbox::add(PushMessage::Kind kind, const std::string& key, std::string_view payload) {
  std::lock_guard lock(mutex_);
  append(kind, key, payload);
}

void PushOutbox::append(PushMessage::Kind kind, const std::string& key, std::string_view payload) {
  auto& of_key = stream(key);
  Message message;
  message.exchange = push_exchange;
  message.routing_key = key;
  message.body = std::make_shared<const std::string>(encode_push({kind, of_key.id, of_key.next++, payload}));
  message.persistent = message.mandatory = false;
  bytes_ += message.body->size();
  waiting_.push_back(std::move(message));
}

PushOutbox::Stream& PushOutbox::stream(const std::string& key) {
  // Replicas that come and go under ever new names; who knows a stream takes another for a new one.
  if (streams_.size() >= most_streams) streams_.clear();
  return streams_.try_emplace(key, Stream{random_(), 0}).first->second;
}

bool PushOutbox::wait_for_room(std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  if (bytes_ < limit_bytes) return true;
  // Once is enough: who waited in vain tells those who follow.
  if (overrun_ || timeout.count() == 0) return false;
  overrun_ = !room_.wait_for(lock, timeout, [&] { return bytes_ < limit_bytes; });
  return !overrun_;
}

void PushOutbox::note_lost() {
  std::lock_guard lock(mutex_);
  lost_ = true;
}

bool PushOutbox::empty(std::size_t) const {
  std::lock_guard lock(mutex_);
  return waiting_.empty() && !lost_;
}

std::optional<Outgoing> PushOutbox::next(Clock::time_point, Clock::time_point&, const LaneOpen& open) {
  if (!open(0)) return std::nullopt;
  std::lock_guard lock(mutex_);
  if (waiting_.empty() && lost_) {
    lost_ = false;
    append(PushMessage::Kind::lost, all_key, {});
  }
  if (waiting_.empty()) return std::nullopt;
  Outgoing outgoing;
  outgoing.message = std::move(waiting_.front());
  waiting_.pop_front();
  outgoing.done = [this, size = outgoing.message.body->size()](bool confirmed) {
    {
      std::lock_guard guard(mutex_);
      bytes_ -= size;
      if (!confirmed) lost_ = true;
      if (bytes_ < limit_bytes) overrun_ = false;
    }
    room_.notify_all();
  };
  return outgoing;
}

void PushOutbox::drop(std::size_t) {
  {
    std::lock_guard lock(mutex_);
    if (!waiting_.empty()) lost_ = true;
    for (const auto& message : waiting_) bytes_ -= message.body->size();
    waiting_.clear();
    overrun_ = false;
  }
  room_.notify_all();
}

}  // namespace netherlink::bus::rabbitmq
