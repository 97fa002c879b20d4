#pragma once

#include <deque>

#include "bus/rabbitmq/publisher.hpp"

namespace netherlink::bus::rabbitmq {

/// Tasks on their way to im.tasks: sent again until the broker has them. Thread-safe.
class TaskOutbox final : public MessageSource {
 public:
  explicit TaskOutbox(std::size_t limit) : limit_(limit) {}

  /// False: full. `confirmed` runs once the broker has it, if ever.
  bool add(Message message, std::function<void()> confirmed, bool bounded);

  std::optional<Outgoing> next(Clock::time_point now, Clock::time_point& ask_again, const LaneOpen& open) override;
  bool empty(std::size_t lane) const override;
  void drop(std::size_t lane) override;

 private:
  struct Item {
    Message message;
    std::function<void()> confirmed;
    Clock::time_point not_before{};
  };

  const std::size_t limit_;
  mutable std::mutex mutex_;
  std::deque<Item> waiting_;
  std::size_t size_ = 0;  // not confirmed yet
};

}  // namespace netherlink::bus::rabbitmq
