#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "bus/rabbitmq/endpoints.hpp"

namespace netherlink::bus::rabbitmq {

/// Frees a thread that hangs in a call of the library, which has no timeout for sending: shuts its socket down from
/// another thread. Outlives the connections of its thread. Thread-safe.
class Lifeline {
 public:
  void attach(int fd);
  void detach();
  /// The calling thread is about to use the socket and has to be done by `deadline`.
  void arm(Clock::time_point deadline);
  void disarm();
  /// Cuts the connection when it is late.
  void check(Clock::time_point now);
  /// Cuts it now.
  void cut();

 private:
  std::mutex mutex_;
  int fd_ = -1;
  std::optional<Clock::time_point> deadline_;
};

/// Armed while it lives.
class Armed {
 public:
  Armed(Lifeline& lifeline, std::chrono::milliseconds limit) : lifeline_(lifeline) {
    lifeline_.arm(Clock::now() + limit);
  }
  ~Armed() { lifeline_.disarm(); }
  Armed(const Armed&) = delete;
  Armed& operator=(const Armed&) = delete;

 private:
  Lifeline& lifeline_;
};

/// One thread that looks after the others ten times a second.
class Monitor {
 public:
  using Tick = std::function<void(Clock::time_point)>;

  Monitor();
  ~Monitor() { stop(); }
  /// `tick` must not block.
  void add(Tick tick);
  void stop();

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable stopped_;
  std::vector<Tick> ticks_;
  bool stopping_ = false;
  std::thread thread_;
};

/// Wakes a thread that waits for a socket.
class Wake {
 public:
  Wake();
  ~Wake();
  Wake(const Wake&) = delete;
  Wake& operator=(const Wake&) = delete;

  /// Thread-safe.
  void signal();
  /// Until `fd` (or, -1, nothing) is readable, signal() or `timeout`.
  void wait(int fd, std::chrono::microseconds timeout);

 private:
  int fd_;
  std::atomic<bool> signalled_{false};  // saves the system call when it is on its way already
};

}  // namespace netherlink::bus::rabbitmq
