#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace netherlink::core {

/// A bounded pool for work that blocks (the store, password hashing). Thread-safe. Never called for work of an
/// I/O thread that cannot be refused: try_post says no when the queue is full, and the caller answers 503.
class WorkerPool {
 public:
  struct Options {
    std::string name;  // of its threads, at most 12 characters
    std::size_t threads = 1;
    std::size_t queue_limit = 1;  // jobs waiting, those running not counted
    int nice = 0;                 // scheduling niceness of its threads (Linux: per thread)
  };

  using Job = std::function<void()>;

  explicit WorkerPool(Options options);
  /// Runs what was accepted, then joins.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// False when the queue is full or the pool is stopping; the job is then not run. A job's exception ends the
  /// process: jobs catch their own.
  [[nodiscard]] bool try_post(Job job);

  /// Refuses new work, runs what was accepted, joins. Idempotent.
  void stop();

  std::size_t queued() const;

 private:
  void run(std::size_t index);

  Options options_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> jobs_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace netherlink::core
