#include "gateway/ws/inbox.hpp"

namespace netherlink::gateway::ws {

void Inbox::put(std::shared_ptr<const Push> push) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_) return;
    waiting_.push_back(std::move(push));
    if (waiting_.size() > 1) return;  // was woken for an earlier one
  }
  wake_();
}

void Inbox::wait_for_room() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return closed_ || waiting_.size() < room; });
}

std::vector<std::shared_ptr<const Push>> Inbox::take() {
  std::vector<std::shared_ptr<const Push>> taken;
  {
    const std::lock_guard lock(mutex_);
    taken.swap(waiting_);
  }
  changed_.notify_all();
  return taken;
}

void Inbox::close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    waiting_.clear();
  }
  changed_.notify_all();
}

}  // namespace netherlink::gateway::ws
