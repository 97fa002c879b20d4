#include "cache/memory/hot_messages.hpp"
#include "cache/memory/rate_limiter.hpp"
#include "cache/memory/revoked_sessions.hpp"

namespace netherlink::cache {
namespace {

class MemoryCache final : public Cache {
 public:
  explicit MemoryCache(const MemoryCacheOptions& options)
      : hot_(options.hot_messages, options.hot_bytes), limiter_(options.buckets) {}

  HotMessages& hot_messages() override { return hot_; }
  RateLimiter& rate_limiter() override { return limiter_; }
  RevokedSessions& revoked_sessions() override { return revoked_; }
  bool connected() const override { return true; }

 private:
  MemoryHotMessages hot_;
  MemoryRateLimiter limiter_;
  MemoryRevokedSessions revoked_;
};

}  // namespace

std::unique_ptr<Cache> make_memory_cache(MemoryCacheOptions options) {
  return std::make_unique<MemoryCache>(options);
}

}  // namespace netherlink::cache
