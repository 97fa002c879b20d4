#pragma once

#include <list>
#include <mutex>
#include <string>
#include <unordered_map>

#include "netherlink/cache/cache.hpp"
#include "netherlink/metrics/metrics.hpp"

namespace netherlink::cache {

/// How long forget() keeps put() away: longer than a reader takes from its read of the database to its put().
constexpr std::chrono::milliseconds tombstone_ttl{5000};

/// See cache::Summaries. Bounded by bytes: the one used longest ago goes first.
class MemorySummaries final : public Summaries {
 public:
  explicit MemorySummaries(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  std::vector<EntryBytes> find(std::span<const std::string> keys) override;
  void put(std::string_view key, std::string bytes, std::chrono::milliseconds ttl) override;
  void forget(std::string_view key) override;

 private:
  using Clock = std::chrono::steady_clock;
  struct Entry {
    std::string key;
    EntryBytes bytes;  // nullptr: a tombstone
    Clock::time_point until;
  };
  using Order = std::list<Entry>;  // used last first

  EntryBytes find_one(std::string_view key, Clock::time_point now);
  void store(std::string_view key, EntryBytes bytes, Clock::time_point until);
  void drop(Order::iterator entry);

  const std::size_t max_bytes_;
  metrics::Counter& hits_ =
      metrics::counter("netherlink_cache_hits_total", "Answered by a cache", {{"cache", "summaries"}});
  metrics::Counter& misses_ =
      metrics::counter("netherlink_cache_misses_total", "Not answered by a cache", {{"cache", "summaries"}});
  std::mutex mutex_;
  Order order_;
  std::unordered_map<std::string_view, Order::iterator> index_;  // keys point into order_
  std::size_t bytes_ = 0;
};

}  // namespace netherlink::cache
