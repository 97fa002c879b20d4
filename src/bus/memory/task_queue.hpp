#pragma once

#include <array>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <queue>
#include <thread>

#include "netherlink/bus/bus.hpp"

namespace netherlink::bus {

/// Tasks of this process, on a thread of its own; high before normal before low. They die with the process, and a task
/// that failed for good is counted and dropped. Thread-safe.
class MemoryTaskQueue final : public TaskQueue {
 public:
  /// `limit`: tasks that wait, retries included.
  MemoryTaskQueue(std::size_t limit, std::chrono::milliseconds retry_delay)
      : limit_(limit), retry_delay_(retry_delay) {}
  ~MemoryTaskQueue() override { stop(); }

  core::result<void> publish(Priority priority, std::string payload) override;
  void consume(std::function<bool(const std::string&)> handler) override;
  /// What is due is still done, for a bounded time; what waits for another try is not.
  void stop();

 private:
  using Clock = std::chrono::steady_clock;
  struct Task {
    std::string payload;
    std::size_t priority = 0;
    int tries = 0;
  };
  struct Retry {
    Clock::time_point due;
    Task task;
    bool operator<(const Retry& other) const { return due > other.due; }
  };

  void run();
  /// Waits for the next one that is due; false: stopped and nothing left.
  bool next(Task& task);
  void promote_due();
  bool take_waiting(Task& task);
  void failed(Task task);

  const std::size_t limit_;
  const std::chrono::milliseconds retry_delay_;
  std::function<bool(const std::string&)> handler_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::array<std::deque<Task>, 3> waiting_;  // by priority
  std::priority_queue<Retry> retries_;
  std::size_t size_ = 0;  // waiting and retries
  bool stopping_ = false;
  Clock::time_point stop_deadline_{};
  std::thread thread_;
};

}  // namespace netherlink::bus
