#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "support/server_process.hpp"

namespace netherlink::test {

/// A private Redis on a free port of 127.0.0.1 with a folder of its own (Debian: redis-tools alone), which ends with
/// the thread that started it. Throws std::runtime_error with the end of its log.
class RedisServer {
 public:
  struct Options {
    std::vector<std::string> settings = {};  // of redis.conf, one for each line
    std::string password = {};
    bool keeps_data = false;  // an append-only file
    bool cluster = false;
    const RedisServer* replica_of = nullptr;
    bool sentinel = false;
  };

  /// Waits until it answers.
  explicit RedisServer(Options options);
  RedisServer() : RedisServer(Options{}) {}
  ~RedisServer();
  RedisServer(const RedisServer&) = delete;
  RedisServer& operator=(const RedisServer&) = delete;

  std::uint16_t port() const { return port_; }
  pid_t pid() const { return pid_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  /// redis://…, with the password.
  std::string url(int database = 0) const;

  /// Its answer: arrays flattened, one element a line; "(nil)"; errors begin with "-".
  std::string command(const std::vector<std::string>& arguments) const;

  void kill();          // SIGKILL, and waits for the end
  void start();         // again, on the same port, with what was kept
  void pause() const;   // SIGSTOP
  void resume() const;  // SIGCONT
  void flush() const;   // FLUSHALL
  void lose_data();     // removes the files of a killed one
  std::string log() const;

 private:
  void write_configuration() const;
  [[noreturn]] void fail(const std::string& what) const;
  void wait_until_answering();

  TemporaryFolder folder_;
  Options options_;
  std::uint16_t port_ = 0, bus_port_ = 0;
  pid_t pid_ = -1;
  friend class RedisCluster;
};

/// A master, a replica of it, and three sentinels that call the master "main".
class RedisSentinelGroup {
 public:
  explicit RedisSentinelGroup(std::string password = {});
  /// redis+sentinel://…
  std::string url() const;
  RedisServer& first() { return *first_; }
  RedisServer& second() { return *second_; }
  RedisServer& sentinel(std::size_t index) { return *sentinels_[index]; }
  /// The port of the master, as the first sentinel knows it.
  std::uint16_t master_port() const;

 private:
  std::string password_;
  std::unique_ptr<RedisServer> first_, second_;
  std::vector<std::unique_ptr<RedisServer>> sentinels_;
};

/// Three masters without replicas, or with one each.
class RedisCluster {
 public:
  explicit RedisCluster(bool replicas = false);
  /// redis+cluster://…
  std::string url() const;
  RedisServer& master(std::size_t index) { return *servers_[index]; }
  /// Of those that the cluster was made with.
  RedisServer& replica_of(std::size_t index) { return *servers_[index + 3]; }
  /// Begins to move the slot: it is MIGRATING at `from` and IMPORTING at `to`.
  void begin_move(int slot, std::size_t from, std::size_t to);
  /// Moves its keys and makes `to` its owner.
  void end_move(int slot, std::size_t from, std::size_t to);
  /// The master that the slot was given first.
  static std::size_t owner(int slot) { return slot < 5461 ? 0 : slot < 10923 ? 1 : 2; }

 private:
  std::string id(std::size_t index) const;
  void wait_until_whole() const;

  std::vector<std::unique_ptr<RedisServer>> servers_;
};

/// Waits until it holds; false after `patience`.
bool eventually(const std::function<bool()>& condition, milliseconds timeout = patience);

}  // namespace netherlink::test
