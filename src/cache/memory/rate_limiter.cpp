#include "cache/memory/rate_limiter.hpp"

#include <algorithm>
#include <cmath>

namespace netherlink::cache {

MemoryRateLimiter::Bucket& MemoryRateLimiter::bucket(std::string_view key, BucketSize size, Clock::time_point now) {
  if (const auto found = index_.find(key); found != index_.end()) {
    order_.splice(order_.begin(), order_, found->second);
    return order_.front();
  }
  if (order_.size() >= max_keys_) {
    index_.erase(order_.back().key);
    order_.pop_back();
  }
  order_.push_front({std::string(key), size.burst, now});
  index_.emplace(order_.front().key, order_.begin());
  return order_.front();
}

std::optional<std::chrono::milliseconds> MemoryRateLimiter::take(std::string_view key, BucketSize size, double tokens) {
  const auto now = Clock::now();
  std::lock_guard lock(mutex_);
  auto& state = bucket(key, size, now);
  const std::chrono::duration<double> elapsed = now - state.filled_at;
  state.tokens = std::min(size.burst, state.tokens + elapsed.count() * size.per_second);
  state.filled_at = now;
  if (state.tokens >= tokens) {
    state.tokens -= tokens;
    return std::nullopt;
  }
  if (size.per_second <= 0) return std::chrono::hours(1);
  const double seconds = (tokens - state.tokens) / size.per_second;
  return std::chrono::milliseconds(std::max<std::int64_t>(1, static_cast<std::int64_t>(std::ceil(seconds * 1000))));
}

void MemoryRateLimiter::correct(std::string_view key, BucketSize size, double tokens) {
  const auto now = Clock::now();
  std::lock_guard lock(mutex_);
  const auto found = index_.find(key);
  if (found == index_.end()) return;
  found->second->tokens = std::min(size.burst, tokens);
  found->second->filled_at = now;
}

}  // namespace netherlink::cache
