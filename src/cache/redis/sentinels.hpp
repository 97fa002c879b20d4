#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "cache/redis/topology.hpp"

namespace netherlink::cache::redis {

/// Asks every sentinel once a second who the master is. The one with the highest configuration epoch is right: a
/// sentinel that was cut off tells an old story. On the thread of the cache alone.
class Sentinels {
 public:
  /// `changed` is called when the master is known for the first time, and whenever it is another one.
  Sentinels(asio::io_context& io, const Url& url, std::string name, std::function<void(const Endpoint&)> changed);

  void start();
  void stop();
  std::optional<Endpoint> master() const { return master_; }

 private:
  struct Sentinel {
    Endpoint endpoint;
    std::shared_ptr<Link> link;
    bool authenticated = false;  // it wants the password too
    Clock::time_point answered;
    Endpoint master;
    std::int64_t epoch = -1;
    Backoff backoff;
    Clock::time_point next_attempt;
    ConnectionLog log;
  };

  void tick();
  void connect(Sentinel& sentinel);
  void ask(Sentinel& sentinel);
  void learn(Sentinel& sentinel, const Reply& reply);
  void decide();

  asio::io_context& io_;
  const Url& url_;
  const std::string name_;
  std::function<void(const Endpoint&)> changed_;
  asio::steady_timer timer_;
  std::vector<std::unique_ptr<Sentinel>> sentinels_;
  ScriptHashes no_hashes_;
  std::optional<Endpoint> master_;
};

}  // namespace netherlink::cache::redis
