#pragma once

#include <chrono>
#include <list>
#include <mutex>
#include <string>
#include <unordered_map>

#include "netherlink/cache/cache.hpp"

namespace netherlink::cache {

/// See cache::RateLimiter. Bounded by keys: the one used longest ago is forgotten first.
class MemoryRateLimiter final : public RateLimiter {
 public:
  explicit MemoryRateLimiter(std::size_t max_keys) : max_keys_(max_keys) {}

  std::optional<std::chrono::milliseconds> take(std::string_view key, BucketSize size, double tokens) override;

  /// Sets what the bucket holds, less than nothing included; does nothing if it is not kept.
  void correct(std::string_view key, BucketSize size, double tokens);

 private:
  using Clock = std::chrono::steady_clock;
  struct Bucket {
    std::string key;
    double tokens;
    Clock::time_point filled_at;
  };
  using Order = std::list<Bucket>;  // used last first

  Bucket& bucket(std::string_view key, BucketSize size, Clock::time_point now);

  const std::size_t max_keys_;
  std::mutex mutex_;
  Order order_;
  std::unordered_map<std::string_view, Order::iterator> index_;
};

}  // namespace netherlink::cache
