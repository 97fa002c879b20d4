#include "bus/memory/task_queue.hpp"

#include <pthread.h>

#include "bus/task_policy.hpp"

namespace netherlink::bus {
namespace {

constexpr std::chrono::seconds stop_patience{5};

}  // namespace

core::result<void> MemoryTaskQueue::publish(Priority priority, std::string payload) {
  {
    std::lock_guard lock(mutex_);
    if (stopping_) return errors::server_unavailable;
    if (size_ >= limit_) return errors::server_overloaded;
    const auto level = static_cast<std::size_t>(priority);
    waiting_[level].push_back({std::move(payload), level, 0});
    ++size_;
  }
  changed_.notify_one();
  return {};
}

void MemoryTaskQueue::consume(std::function<bool(const std::string&)> handler) {
  std::lock_guard lock(mutex_);
  handler_ = std::move(handler);
  thread_ = std::thread([this] { run(); });
  pthread_setname_np(thread_.native_handle(), "tasks");
}

void MemoryTaskQueue::run() {
  for (Task task; next(task);) {
    if (!handler_(task.payload)) failed(std::move(task));
  }
}

bool MemoryTaskQueue::next(Task& task) {
  std::unique_lock lock(mutex_);
  for (;;) {
    promote_due();
    if (stopping_ && Clock::now() >= stop_deadline_) return false;
    if (take_waiting(task)) return true;
    if (stopping_) return false;
    if (retries_.empty()) {
      changed_.wait(lock);
    } else {
      const auto due = retries_.top().due;
      changed_.wait_until(lock, due);
    }
  }
}

void MemoryTaskQueue::promote_due() {
  while (!retries_.empty() && retries_.top().due <= Clock::now()) {
    auto task = retries_.top().task;
    retries_.pop();
    waiting_[task.priority].push_back(std::move(task));
  }
}

bool MemoryTaskQueue::take_waiting(Task& task) {
  for (auto level = waiting_.size(); level-- > 0;) {
    if (waiting_[level].empty()) continue;
    task = std::move(waiting_[level].front());
    waiting_[level].pop_front();
    --size_;
    return true;
  }
  return false;
}

void MemoryTaskQueue::failed(Task task) {
  if (++task.tries >= task_tries) return count_dead_task();
  std::lock_guard lock(mutex_);
  ++size_;
  retries_.push({Clock::now() + retry_delay_, std::move(task)});
}

void MemoryTaskQueue::stop() {
  {
    std::lock_guard lock(mutex_);
    if (!stopping_) stop_deadline_ = Clock::now() + stop_patience;
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

}  // namespace netherlink::bus
