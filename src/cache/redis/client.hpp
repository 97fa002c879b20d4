#pragma once

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "cache/redis/topology.hpp"
#include "netherlink/metrics/metrics.hpp"

namespace netherlink::cache::redis {

/// How long a caller waits for Redis before it goes on without.
constexpr std::chrono::milliseconds call_time{250};

/// What a caller waits for: `count` calls of arrive(). Shared with the handlers, which may come when nobody waits any
/// more: what they write belongs into a class derived from this one.
class Waiting {
 public:
  explicit Waiting(std::size_t count) : left_(count) {}
  void arrive();
  /// False: not all arrived in time.
  bool wait(std::chrono::milliseconds time = call_time);

 private:
  std::mutex mutex_;
  std::condition_variable all_;
  std::size_t left_;
};

/// Redis, whatever its shape, and the one thread that talks to it. send() and the flags are thread-safe.
class Client {
 public:
  Client(Url url, std::string name);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// `up` and `down` run on the thread of the cache: the whole of Redis is reachable, or no longer.
  void start(std::function<void()> up, std::function<void()> down);
  /// Whoever waits is told that nothing is known. No handler runs afterwards.
  void stop();

  /// Never waits. Order is kept for each key, unless the cluster is moving it.
  void send(Command command);
  void send(std::vector<Command> commands);

  /// All of Redis is reachable.
  bool connected() const { return connected_.load(std::memory_order_relaxed); }
  /// Some of it is.
  bool usable() const { return usable_.load(std::memory_order_relaxed); }

  asio::io_context& io() { return io_; }

 private:
  void add(Command&& command);
  void drain();
  void dispatch(Command command);

  asio::io_context io_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_{io_.get_executor()};
  std::atomic<bool> connected_{false}, usable_{false};
  std::unique_ptr<Topology> topology_;
  metrics::Counter& dropped_;
  std::thread thread_;

  std::mutex mutex_;
  std::vector<Command> queue_;
  std::size_t queued_bytes_ = 0;
  bool stopped_ = false;
};

}  // namespace netherlink::cache::redis
