#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "netherlink/core/ids.hpp"

namespace netherlink::cache {

using EntryBytes = std::shared_ptr<const std::string>;

struct HotEntry {
  core::Seq seq = 0;
  EntryBytes bytes;
};

/// The newest messages of each conversation (M18), as bytes that the caller understands. Bounded by count for each
/// conversation and by bytes in all (the conversation used longest ago goes first). Only ever a copy: losing it costs
/// speed. Thread-safe.
class HotMessages {
 public:
  virtual ~HotMessages() = default;

  /// `run` is contiguous and ascending. If it does not follow what is kept, it replaces it: there is never a hole.
  virtual void append(std::string_view conversation, std::span<const HotEntry> run) = 0;

  /// All of from..to (inclusive, from <= to), or nullopt if any of them is not kept.
  virtual std::optional<std::vector<HotEntry>> range(std::string_view conversation, core::Seq from, core::Seq to) = 0;

  /// Replaces one message that was changed; does nothing if it is not kept.
  virtual void replace(std::string_view conversation, core::Seq seq, EntryBytes bytes) = 0;

  virtual void forget(std::string_view conversation) = 0;
};

/// A bucket holds `burst` tokens and gains `per_second`.
struct BucketSize {
  double burst = 0, per_second = 0;
};

/// Token buckets by key, bounded: a bucket that would be full is forgotten. Thread-safe.
class RateLimiter {
 public:
  virtual ~RateLimiter() = default;
  /// Takes `tokens`, or says how long until they are there and takes nothing.
  virtual std::optional<std::chrono::milliseconds> take(std::string_view key, BucketSize size, double tokens = 1) = 0;
};

/// Sessions that were revoked while access tokens of theirs may still be valid. Thread-safe.
class RevokedSessions {
 public:
  virtual ~RevokedSessions() = default;
  /// Kept until `until` (the latest expiry of such a token), then forgotten.
  virtual void add(core::SessionId session, core::Timestamp until) = 0;
  virtual bool contains(core::SessionId session) const = 0;
};

/// Which replicas have sessions that want the events of a topic ("c:<conversation>", "u:<user>"). What this replica
/// wants is kept here too and registered again whenever the shared registry lost it. Thread-safe.
class Interest {
 public:
  virtual ~Interest() = default;

  /// On return every replica's find() names this one, or reliable() is false. May block for a moment: store pool.
  virtual void add(std::span<const std::string> topics) = 0;
  /// Never blocks.
  virtual void remove(std::span<const std::string> topics) = 0;

  /// The replicas that want each of `topics`, in their order; nullopt: not known, ask all. May block for a moment: one
  /// round trip, however many topics.
  using Replicas = std::optional<std::vector<std::string>>;
  virtual std::vector<Replicas> find(std::span<const std::string> topics) = 0;

  /// False while others may not know what this replica wants: they have to be told to send everything.
  virtual bool reliable() const = 0;
};

/// Small copies of what the database holds (users, rooms), read on a miss and invalidated on change. Only ever a copy.
/// Thread-safe; calls may block for a moment.
class Summaries {
 public:
  virtual ~Summaries() = default;
  /// Same order; nullptr: not kept.
  virtual std::vector<EntryBytes> find(std::span<const std::string> keys) = 0;
  /// Keeps it for `ttl`, unless forget() was called a moment ago: what a reader is about to put may be older than that.
  virtual void put(std::string_view key, std::string bytes, std::chrono::milliseconds ttl) = 0;
  virtual void forget(std::string_view key) = 0;
};

class Cache {
 public:
  virtual ~Cache() = default;
  virtual HotMessages& hot_messages() = 0;
  virtual RateLimiter& rate_limiter() = 0;
  virtual RevokedSessions& revoked_sessions() = 0;
  virtual Interest& interest() = 0;
  virtual Summaries& summaries() = 0;
  virtual bool connected() const = 0;
  /// `call` runs on a thread of the cache after what was lost (a connection, the data) is back and everything is
  /// registered again. Called once, before the first use.
  virtual void on_return(std::function<void()> call) = 0;
};

struct MemoryCacheOptions {
  std::size_t hot_messages = 300;                 // for each conversation
  std::size_t hot_bytes = std::size_t{64} << 20;  // in all
  std::size_t buckets = 200'000;                  // rate limit keys at most
};
/// Of the embedded profile: one replica, which wants everything.
std::unique_ptr<Cache> make_memory_cache(MemoryCacheOptions options);

struct RedisCacheOptions {
  std::string url;       // redis://…, redis+sentinel://…, redis+cluster://…
  std::string instance;  // names this replica
  MemoryCacheOptions local;
};
/// Connects in the background, again and again; while it is away everything goes on more slowly.
std::unique_ptr<Cache> make_redis_cache(const RedisCacheOptions& options);

}  // namespace netherlink::cache
