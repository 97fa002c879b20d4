#pragma once

#include <chrono>
#include <mutex>
#include <optional>

namespace netherlink::vpn {

/// Leaves somebody alone who failed a few times in a row: for `first` at first, for twice as long after each attempt
/// that fails again, at most for `longest`. When the time is over one caller tries. Thread-safe.
class Breaker {
 public:
  using Clock = std::chrono::steady_clock;
  using milliseconds = std::chrono::milliseconds;

  struct Options {
    int failures = 3;
    milliseconds first{1000}, longest{15'000};
  };
  explicit Breaker(const Options& options) : options_(options) {}

  /// nullopt: call, and say how it went. Otherwise how long it is to be left alone.
  std::optional<milliseconds> ask(Clock::time_point now = Clock::now());
  void succeeded();
  void failed(Clock::time_point now = Clock::now());

 private:
  const Options options_;
  std::mutex mutex_;
  int in_a_row_ = 0;
  milliseconds pause_{0};
  Clock::time_point closed_until_{};
};

}  // namespace netherlink::vpn
