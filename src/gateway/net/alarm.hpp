#pragma once

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <utility>

#include "gateway/net/io_thread.hpp"

namespace netherlink::gateway {

/// One timer of an I/O thread, exact to what the kernel gives: for what is due in milliseconds. What may be late by a
/// tick belongs on the thread's TimingWheel. Of that thread alone; must not outlive it.
class Alarm {
 public:
  Alarm(IoThread& thread, std::function<void()> ring) : timer_(thread.context()), ring_(std::move(ring)) {}

  /// Replaces what was set before.
  void set(std::chrono::steady_clock::time_point when) {
    timer_.expires_at(when);
    timer_.async_wait([this](const boost::system::error_code& error) {
      if (!error) ring_();
    });
  }
  void cancel() { timer_.cancel(); }

 private:
  boost::asio::steady_timer timer_;
  std::function<void()> ring_;
};

}  // namespace netherlink::gateway
