#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <span>
#include <thread>
#include <vector>

#include "gateway/net/timing_wheel.hpp"

namespace netherlink::gateway {

/// One event loop with what its connections share: the wheel and a read buffer. A connection is pinned to one for life;
/// everything about it happens on that thread, so nothing there needs a lock. Outlives its connections.
class IoThread {
 public:
  explicit IoThread(std::size_t index);
  /// Stops. Handlers that never ran are destroyed then, the wheel being there still.
  ~IoThread();
  IoThread(const IoThread&) = delete;
  IoThread& operator=(const IoThread&) = delete;

  void start();
  /// Ends the loop and joins. Connections must be closed before. Idempotent; a stopped one cannot start again.
  void stop();

  std::size_t index() const { return index_; }
  boost::asio::io_context& context() { return context_; }
  TimingWheel& wheel() { return wheel_; }
  /// 64 KiB, for the duration of one handler: what is left over must be copied.
  std::span<char> read_buffer() { return read_buffer_; }
  /// Called on this thread? Any thread may ask.
  bool is_current() const;

  /// Thread-safe. Runs after what the loop has ready now.
  template <class F>
  void post(F&& job) {
    boost::asio::post(context_, std::forward<F>(job));
  }

 private:
  void run();
  void tick();

  std::size_t index_;
  TimingWheel wheel_;
  std::vector<char> read_buffer_;
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  boost::asio::steady_timer ticker_;
  std::thread thread_;
};

}  // namespace netherlink::gateway
