#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "gateway/ws/push.hpp"

namespace netherlink::gateway::ws {

/// Pushes on their way to one I/O thread: many of them cost it one wake-up. Thread-safe.
class Inbox {
 public:
  /// `wake` makes the I/O thread call take() soon.
  explicit Inbox(std::function<void()> wake) : wake_(std::move(wake)) {}

  void put(std::shared_ptr<const Push> push);
  /// Waits while the I/O thread is far behind. Never called by an I/O thread.
  void wait_for_room();
  std::vector<std::shared_ptr<const Push>> take();
  /// Takes nothing more and lets waiters go.
  void close();

 private:
  static constexpr std::size_t room = 256;  // pushes

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::shared_ptr<const Push>> waiting_;
  bool closed_ = false;
  std::function<void()> wake_;
};

}  // namespace netherlink::gateway::ws
