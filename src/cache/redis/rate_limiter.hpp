#pragma once

#include <boost/asio/steady_timer.hpp>
#include <mutex>
#include <string>
#include <unordered_map>

#include "cache/memory/rate_limiter.hpp"
#include "cache/redis/client.hpp"

namespace netherlink::cache::redis {

/// See cache::RateLimiter. A local bucket decides at once; what it gave out is debited from a shared one, whose answer
/// corrects the local view: replicas together exceed a limit by what they give out within a round trip, and pay that
/// back. Redis away: the local buckets alone.
class SharedRateLimiter final : public RateLimiter {
 public:
  SharedRateLimiter(Client& client, std::size_t max_keys) : client_(client), local_(max_keys), timer_(client.io()) {}

  std::optional<std::chrono::milliseconds> take(std::string_view key, BucketSize size, double tokens) override;

 private:
  struct Debit {
    BucketSize size;
    double unsent = 0, unanswered = 0;
  };
  static constexpr std::chrono::milliseconds batch_time{20};
  static constexpr std::size_t max_debits = 20'000;

  void note(std::string_view key, BucketSize size, double tokens);
  void flush();
  void settle(const std::string& key, double sent, const Reply* reply);

  Client& client_;
  MemoryRateLimiter local_;
  asio::steady_timer timer_;  // on the thread of the cache
  std::mutex mutex_;
  std::unordered_map<std::string, Debit> debits_;
  bool scheduled_ = false;
};

}  // namespace netherlink::cache::redis
