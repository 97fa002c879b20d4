#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <random>
#include <string>

#include "cache/redis/link.hpp"

namespace netherlink::cache::redis {

/// Which servers there are, and which of them to ask. On the thread of the cache alone.
class Topology {
 public:
  struct Events {
    std::function<void()> up, down;  // all of Redis is reachable, or no longer
    std::function<void(bool)> usable;
  };

  virtual ~Topology() = default;
  void on(Events events) { events_ = std::move(events); }
  virtual void start() = 0;
  /// Closes every connection; whoever waits gets nullptr.
  virtual void stop() = 0;
  /// nullptr: away.
  virtual std::shared_ptr<Link> route(const Command& command) = 0;

 protected:
  Events events_;
};

/// Waiting times between attempts: doubling, with jitter, so that replicas do not come in step.
class Backoff {
 public:
  std::chrono::milliseconds next() {
    const auto wait = std::chrono::milliseconds(50) * (1 << std::min(attempts_, 5));  // 1.6 s at most
    ++attempts_;
    std::uniform_real_distribution<double> jitter(0.5, 1.0);
    return std::chrono::milliseconds(static_cast<std::int64_t>(static_cast<double>(wait.count()) * jitter(random_)));
  }
  void reset() { attempts_ = 0; }

 private:
  int attempts_ = 0;
  std::minstd_rand random_{std::random_device{}()};
};

/// Says in the log what changed, and not again what has been said.
class ConnectionLog {
 public:
  void up(const Endpoint& server);
  void down(const Endpoint& server, std::string_view reason);

 private:
  std::string last_;
  bool was_up_ = false;
};

/// A refusal that nobody handles otherwise, at most once a minute.
void log_refusal(const Endpoint& server, std::string_view error);

}  // namespace netherlink::cache::redis
