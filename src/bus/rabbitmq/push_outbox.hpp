#pragma once

#include <condition_variable>
#include <map>
#include <random>

#include "bus/rabbitmq/batch_format.hpp"
#include "bus/rabbitmq/publisher.hpp"

namespace netherlink::bus::rabbitmq {

/// Payloads on their way to im.push. When one could not be sent, everybody is told once that works again. Thread-safe.
class PushOutbox final : public MessageSource {
 public:
  /// Empty `instances`: to all.
  void add(std::span<const std::string> instances, std::string_view payload);
  /// Of the bus itself, to one routing key.
  void add(PushMessage::Kind kind, const std::string& key, std::string_view payload);
  /// Waits up to `timeout` for room; false: there is none, or it would make no sense to wait.
  bool wait_for_room(std::chrono::milliseconds timeout);
  /// Something was not sent.
  void note_lost();

  std::optional<Outgoing> next(Clock::time_point now, Clock::time_point& ask_again, const LaneOpen& open) override;
  bool empty(std::size_t lane) const override;
  void drop(std::size_t lane) override;

 private:
  struct Stream {
    std::uint64_t id, next = 0;
  };

  void append(PushMessage::Kind kind, const std::string& key, std::string_view payload);
  Stream& stream(const std::string& key);

  mutable std::mutex mutex_;
  std::condition_variable room_;
  std::deque<Message> waiting_;
  std::map<std::string, Stream> streams_;  // by routing key
  std::size_t bytes_ = 0;                  // not settled yet
  bool lost_ = false, overrun_ = false;
  std::mt19937_64 random_{std::random_device{}()};
};

}  // namespace netherlink::bus::rabbitmq
