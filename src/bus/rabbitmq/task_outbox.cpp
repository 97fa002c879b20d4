#include "bus/rabbitmq/task_outbox.hpp"

#include "netherlink/log/log.hpp"

namespace netherlink::bus::rabbitmq {
namespace {

constexpr std::chrono::seconds retry_pause{1};

}  // namespace

bool TaskOutbox::add(Message message, std::function<void()> confirmed, bool bounded) {
  std::lock_guard lock(mutex_);
  if (bounded && size_ >= limit_) return false;
  ++size_;
  waiting_.push_back({std::move(message), std::move(confirmed), {}});
  return true;
}

bool TaskOutbox::empty(std::size_t) const {
  std::lock_guard lock(mutex_);
  return waiting_.empty();
}

std::optional<Outgoing> TaskOutbox::next(Clock::time_point now, Clock::time_point& ask_again, const LaneOpen& open) {
  if (!open(0)) return std::nullopt;
  std::lock_guard lock(mutex_);
  if (waiting_.empty()) return std::nullopt;
  if (waiting_.front().not_before > now) {
    ask_again = std::min(ask_again, waiting_.front().not_before);
    return std::nullopt;
  }
  auto item = std::make_shared<Item>(std::move(waiting_.front()));
  waiting_.pop_front();
  Outgoing outgoing;
  outgoing.message = item->message;
  outgoing.done = [this, item](bool confirmed) {
    {
      std::lock_guard guard(mutex_);
      if (confirmed) {
        --size_;
      } else {
        item->not_before = Clock::now() + retry_pause;
        waiting_.push_back(std::move(*item));
      }
    }
    if (confirmed && item->confirmed) item->confirmed();
  };
  return outgoing;
}

// The end of the process.
void TaskOutbox::drop(std::size_t) {
  std::lock_guard lock(mutex_);
  if (!waiting_.empty()) log::error("tasks not sent", {{"tasks", waiting_.size()}});
  size_ -= waiting_.size();
  waiting_.clear();
}

}  // namespace netherlink::bus::rabbitmq
