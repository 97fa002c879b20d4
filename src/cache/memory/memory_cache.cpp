#include "cache/memory/hot_messages.hpp"
#include "cache/memory/interest.hpp"
#include "cache/memory/presence.hpp"
#include "cache/memory/rate_limiter.hpp"
#include "cache/memory/revoked_sessions.hpp"
#include "cache/memory/summaries.hpp"

namespace netherlink::cache {
namespace {

constexpr std::size_t summary_bytes = std::size_t{32} << 20;

class MemoryCache final : public Cache {
 public:
  explicit MemoryCache(const MemoryCacheOptions& options)
      : hot_(options.hot_messages, options.hot_bytes), limiter_(options.buckets) {}

  HotMessages& hot_messages() override { return hot_; }
  RateLimiter& rate_limiter() override { return limiter_; }
  RevokedSessions& revoked_sessions() override { return revoked_; }
  Interest& interest() override { return interest_; }
  Summaries& summaries() override { return summaries_; }
  Presence& presence() override { return presence_; }
  bool connected() const override { return true; }
  void on_return(std::function<void()>) override {}  // nothing is ever lost

 private:
  MemoryHotMessages hot_;
  MemoryRateLimiter limiter_;
  MemoryRevokedSessions revoked_;
  MemoryInterest interest_;
  MemorySummaries summaries_{summary_bytes};
  MemoryPresence presence_;
};

}  // namespace

std::unique_ptr<Cache> make_memory_cache(MemoryCacheOptions options) {
  return std::make_unique<MemoryCache>(options);
}

}  // namespace netherlink::cache
