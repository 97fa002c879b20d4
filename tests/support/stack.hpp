#pragma once

#include <memory>
#include <string>
#include <vector>

#include "support/mariadb_server.hpp"
#include "support/rabbitmq_server.hpp"
#include "support/redis_server.hpp"
#include "support/server_process.hpp"

namespace netherlink::test {

/// MariaDB, RabbitMQ and Redis for a whole program of tests, private to it.
class Stack {
 public:
  /// Started at first use, from the main thread.
  static Stack& shared();

  enum class Topology {
    lone,        // one of each
    production,  // Redis with a replica and three sentinels, MariaDB with a replica; for one deployment
  };
  struct Options {
    std::size_t broker_nodes = 1;
    std::size_t deployments = 32;  // at most
    Topology topology = Topology::lone;
    bool durable = false;  // the database flushes at each commit, as in production
  };
  explicit Stack(Options options);

  /// What makes servers replicas of one new, empty deployment: a migrated database, a virtual host of the broker and a
  /// Redis database, all of its own.
  std::vector<std::string> new_deployment();

  /// The broker's, of the deployment of that number; the first is 1.
  static std::string virtual_host(std::size_t number) { return "netherlink" + std::to_string(number); }

  MariadbServer& database() { return database_; }
  RabbitServer& broker() { return broker_; }
  RedisServer& cache() { return *cache_; }  // lone

  // Of production.

  MariadbServer& database_replica() { return *database_replica_; }
  RedisSentinelGroup& sentinels() { return *sentinels_; }

 private:
  void make_virtual_hosts(std::size_t count);

  const std::size_t limit_;
  MariadbServer database_;
  std::unique_ptr<MariadbServer> database_replica_;
  RabbitServer broker_;
  std::unique_ptr<RedisServer> cache_;
  std::unique_ptr<RedisSentinelGroup> sentinels_;
  std::size_t deployments_ = 0;
  TemporaryFolder files_;  // attachments of all of them
};

/// True: this run tests the servers as replicas (NETHERLINK_TEST_PROFILE=replicas), not embedded.
bool testing_replicas();

/// Several replicas of one deployment.
class Replicas {
 public:
  /// `settings`: of all of them.
  Replicas(Stack& stack, std::size_t count, std::vector<std::string> settings = {});

  ServerProcess& operator[](std::size_t index) { return *servers_[index]; }
  std::size_t size() const { return servers_.size(); }
  std::vector<std::uint16_t> ports() const;
  /// The value of a setting of all of them.
  std::string setting(const std::string& key) const;
  /// One more; `extra`: settings of its own.
  ServerProcess& add(const std::vector<std::string>& extra = {});
  /// Waits until each of them is ready for clients.
  void wait_ready() const;

 private:
  std::vector<std::string> settings_;
  std::vector<std::unique_ptr<ServerProcess>> servers_;
};

}  // namespace netherlink::test
