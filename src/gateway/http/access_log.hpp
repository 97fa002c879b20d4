#pragma once

#include <array>
#include <atomic>
#include <memory>

#include "gateway/http/exchange.hpp"
#include "netherlink/metrics/metrics.hpp"

namespace netherlink::gateway {

/// One log line and the metrics of each answered request. Thread-safe.
class AccessLog {
 public:
  /// Of the same router that the exchanges were matched by; it must outlive this and not be added to any more.
  explicit AccessLog(const Router& router);

  void answered(const Exchange& exchange, int status, std::size_t bytes);
  /// A request that could not be read.
  void refused_unread(std::string_view remote_address, const core::Error& error);

 private:
  static constexpr std::size_t status_slots = 32;
  using Slots = std::array<std::atomic<metrics::Counter*>, status_slots>;

  metrics::Counter& counter_of(const Route* route, std::string_view method, int status);

  const Router& router_;
  std::unique_ptr<Slots[]> counters_;  // one row for each route
  metrics::Histogram& seconds_;
};

}  // namespace netherlink::gateway
