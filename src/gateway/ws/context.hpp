#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "netherlink/cache/cache.hpp"
#include "netherlink/config/config.hpp"
#include "netherlink/core/worker_pool.hpp"
#include "netherlink/crypto/jwt.hpp"
#include "netherlink/friend/presence.hpp"
#include "netherlink/im/service.hpp"
#include "netherlink/metrics/metrics.hpp"
#include "netherlink/user/service.hpp"

namespace netherlink::gateway::ws {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

struct Settings {
  std::string instance;
  std::size_t send_queue_bytes = 1 << 20, frame_bytes = 1 << 16, max_in_flight = 256, max_sessions_per_user = 0;
  std::size_t json_depth = 32;
  config::Config::Heartbeat heartbeat;  // as clients are told
  milliseconds heartbeat_interval{30'000};
  std::size_t probe_count = 3;
  bool rate_limits = false;
  std::size_t max_watched = 200;
  std::size_t storm_threshold = 1'000'000;  // messages a second in `world`
  std::size_t large_fan_out = 500;          // sessions of a group on one thread, above which it is told in shards …
  std::size_t fan_out_shard = 64;           // … of so many
  milliseconds room_watch_interval{100};
  cache::BucketSize frame_bucket, message_bucket;  // of one session's frames, of one user's messages
  milliseconds reconnect_after{1000};
  milliseconds close_timeout{5000};      // for the peer to take our close frame and hang up
  milliseconds attach_timeout{30'000};   // for the store to make the welcome
  milliseconds request_timeout{10'000};  // for a partition to answer a command; looked at with each heartbeat
  milliseconds repair_retry{500};
  milliseconds drain_quiet{250}, drain_patience{2000};  // silence before a draining socket is closed; wait for its pong

  explicit Settings(const config::Config& config);
  Settings() = default;
};

struct Metrics {
  Metrics();
  metrics::Gauge& connections;
  metrics::Gauge& online_users;
  metrics::Counter& deliveries;
  metrics::Counter& slow_clients;
  metrics::Counter& gap_repairs;
  metrics::Counter& resumed;
  metrics::Counter& resumed_in_part;
  metrics::Histogram& send_to_ack;
};

/// How many sockets each user has on this replica. Thread-safe.
class Presence {
 public:
  std::size_t count(user::UserId user) const;
  /// False, and nothing changed, when the user has `limit` already (0: no limit).
  bool enter(user::UserId user, std::size_t limit);
  void leave(user::UserId user);
  std::size_t users() const;

 private:
  mutable std::mutex mutex_;
  std::unordered_map<user::UserId, std::uint32_t> sockets_;
};

/// Jobs of the hubs on the store pool: what they refer to must not go before they end. Thread-safe.
class StoreJobs {
 public:
  explicit StoreJobs(core::WorkerPool& pool) : pool_(pool) {}
  /// False: the pool is full.
  [[nodiscard]] bool try_post(std::function<void()> job);
  void wait_for_all();

 private:
  void done();

  core::WorkerPool& pool_;
  std::mutex mutex_;
  std::condition_variable none_;
  std::size_t running_ = 0;
};

/// What the hubs of all I/O threads share.
struct Context {
  Settings settings;
  im::ChatService& chat;
  user::AccountService& accounts;
  friends::PresenceService& presence_service;
  cache::Cache& cache;
  const crypto::TokenSigner& signer;
  StoreJobs jobs;
  Presence presence;
  Metrics metrics;
};

}  // namespace netherlink::gateway::ws
