#pragma once

#include "cache/redis/invalidations.hpp"
#include "netherlink/cache/cache.hpp"
#include "netherlink/metrics/metrics.hpp"

namespace netherlink::cache::redis {

/// See cache::Summaries; a string for each, empty where it was forgotten a moment ago.
class RedisSummaries final : public Summaries {
 public:
  RedisSummaries(Client& client, Invalidations& invalidations) : client_(client), invalidations_(invalidations) {}

  std::vector<EntryBytes> find(std::span<const std::string> keys) override;
  void put(std::string_view key, std::string bytes, std::chrono::milliseconds ttl) override;
  /// Waits until Redis has done it, for a moment.
  void forget(std::string_view key) override;

 private:
  Client& client_;
  Invalidations& invalidations_;
  metrics::Counter& hits_ =
      metrics::counter("netherlink_cache_hits_total", "Answered by a cache", {{"cache", "summaries"}});
  metrics::Counter& misses_ =
      metrics::counter("netherlink_cache_misses_total", "Not answered by a cache", {{"cache", "summaries"}});
};

}  // namespace netherlink::cache::redis
