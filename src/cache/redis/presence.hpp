#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_set>

#include "cache/redis/client.hpp"
#include "netherlink/cache/presence.hpp"

namespace netherlink::cache::redis {

/// See cache::Presence. In Redis a lease for each replica, its users, and the replicas of each user, all in one slot,
/// so that a script changes and judges them in one step (scripts.cpp). A replica stands there with an incarnation: one
/// whose lease was taken for over enters everything again under a new one.
class RedisPresence final : public Presence {
 public:
  RedisPresence(Client& client, const std::string& instance);

  std::vector<UserId> enter(std::span<const UserId> users) override;
  std::vector<UserId> leave(std::span<const UserId> users) override;
  std::vector<UserId> online(std::span<const UserId> users) override;
  Sweep sweep() override;
  void retire(std::chrono::milliseconds grace) override;

  /// On the thread of the cache: Redis is there (again).
  void on_up();

 private:
  using Answer = std::optional<std::vector<UserId>>;

  std::vector<UserId> change(const char* what, std::span<const UserId> users, std::span<const UserId> by_itself);
  /// nullopt: not known. `lost_` is set when Redis does not know this replica.
  Answer ask(const Script& script, std::vector<std::string> arguments);
  std::vector<UserId> enter_again();
  std::string member() const;

  static constexpr std::chrono::milliseconds lease{10'000};
  static constexpr std::size_t piece = 500;  // users in one script

  Client& client_;
  const std::string instance_;
  mutable std::mutex mutex_;
  std::unordered_set<UserId> users_;  // here
  std::string member_;                // instance and incarnation
  std::atomic<bool> lost_{true};      // Redis does not know, or not for sure, what is here
  std::atomic<Clock::time_point::rep> up_at_{0};
};

}  // namespace netherlink::cache::redis
