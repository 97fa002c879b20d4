#pragma once

#include <atomic>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <mutex>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "cache/redis/client.hpp"
#include "cache/redis/liveness.hpp"
#include "netherlink/cache/cache.hpp"

namespace netherlink::cache::redis {

/// See cache::Interest. In Redis a set of replicas for each topic, and one of the replicas that are alive. A replica
/// stands in them with an incarnation, "<instance>~<hex>", and takes a new one whenever its lease ran out or its data
/// was lost: an incarnation that died never returns, so whoever sees it in a set may take it out.
class RedisInterest final : public Interest {
 public:
  RedisInterest(Client& client, std::string instance, std::function<void()> on_return);

  void add(std::span<const std::string> topics) override;
  void remove(std::span<const std::string> topics) override;
  std::vector<Replicas> find(std::span<const std::string> topics) override;
  bool reliable() const override;

  /// On the thread of the cache.
  void on_up();
  void on_down();
  void tick();

  /// Tells the others that this replica is gone; waits for a moment.
  void leave();

 private:
  enum class State { away, joining, registering, ready };
  /// Topics with the registration (see registration_) that Redis confirmed last; 0: none.
  using Topics = std::unordered_map<std::string, std::uint64_t>;

  static constexpr std::chrono::milliseconds lease{10'000}, doubt{2000};
  static constexpr std::size_t piece = 2000, max_leftovers = 50'000;

  void join(bool anew);
  void heartbeat();
  void send_heartbeat(bool anew);
  void on_heartbeat(bool anew, const Reply& reply, Clock::time_point sent);
  void rejoin();
  void register_everything();
  void register_piece();
  void on_registered();
  void confirm(const std::string& topic, std::uint64_t registration, const Reply* reply);
  void retry_late();
  void retry_leftovers();
  void refresh_slice();
  void take_members(Replicas& found, const std::string& topic, const Reply& reply);
  void want(const std::string& topic, bool hurried, Handler done, std::vector<Command>& out) const;
  Command unwant(const std::string& topic);
  void forget_incarnation(const std::string& topic, const std::string& member);
  void update_reliable();

  Client& client_;
  const std::string instance_;
  const std::function<void()> on_return_;

  // On the thread of the cache.
  Liveness others_;
  std::vector<std::string> registering_;  // what is left of this registration
  std::size_t open_ = 0;                  // answers that its present piece waits for
  bool piece_failed_ = false, joined_before_ = false, heartbeat_open_ = false;
  std::uint64_t attempt_ = 0;  // counts joins: answers to those before are of no interest
  std::string former_;         // the incarnation before; out of the registry once this one is registered
  std::size_t refreshed_ = 0;  // bucket of topics_ that is refreshed next

  // Written on the thread of the cache alone, read there without the lock: state_ and registration_.
  mutable std::mutex mutex_;
  State state_ = State::away;
  std::string member_;              // instance and incarnation
  std::uint64_t registration_ = 0;  // counts them
  Topics topics_;
  std::unordered_set<std::string> late_;       // wanted, and not confirmed when add() returned
  std::unordered_set<std::string> leftovers_;  // not wanted, and perhaps still in Redis

  std::atomic<bool> reliable_{false}, answers_{false}, leaving_{false};
  std::atomic<Clock::time_point::rep> lease_until_{0}, doubt_until_{0};
};

}  // namespace netherlink::cache::redis
