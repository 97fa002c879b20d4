#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "support/server_process.hpp"

namespace netherlink::test {

/// A private RabbitMQ, of one node or a cluster, on free ports of 127.0.0.1 with a folder and an epmd of its own, from
/// what scripts/lib/rabbitmq.sh unpacked. It ends with the thread that started it. Takes 5 to 12 seconds to start: once
/// for a program of tests. Throws std::runtime_error with the end of its log.
class RabbitServer {
 public:
  struct Options {
    std::size_t nodes = 1;
    std::vector<std::string> settings = {};  // of rabbitmq.conf, one for each line
    std::size_t vhosts = 0;                  // beside "/": "t0", "t1", …
  };

  /// Waits until all nodes are up and, if more than one, a cluster.
  explicit RabbitServer(Options options);
  RabbitServer() : RabbitServer(Options{}) {}
  ~RabbitServer();
  RabbitServer(const RabbitServer&) = delete;
  RabbitServer& operator=(const RabbitServer&) = delete;

  std::size_t nodes() const { return nodes_.size(); }
  std::uint16_t port(std::size_t node = 0) const { return nodes_[node].port; }
  /// As the broker itself calls the node.
  const std::string& name(std::size_t node) const { return nodes_[node].name; }
  pid_t pid(std::size_t node = 0) const { return nodes_[node].pid; }
  /// amqp://…, in the virtual host `vhost` ("/" if empty).
  std::string url(std::size_t node = 0, const std::string& vhost = {}) const;
  std::vector<std::string> urls(const std::string& vhost = {}) const;

  void kill(std::size_t node = 0);          // SIGKILL, and waits for the end
  void begin_start(std::size_t node = 0);   // again, with what it kept
  void wait_started(std::size_t node = 0);  // until it serves
  void start(std::size_t node = 0);         // both
  void pause(std::size_t node = 0) const;   // SIGSTOP
  void resume(std::size_t node = 0) const;  // SIGCONT
  /// rabbitmqctl: what it printed. Takes seconds. Throws when it fails.
  std::string control(const std::vector<std::string>& arguments, std::size_t node = 0) const;
  std::string log(std::size_t node = 0) const;

 private:
  struct Node {
    std::string name;
    std::uint16_t port = 0, dist_port = 0;
    std::filesystem::path folder;
    pid_t pid = -1;
    std::size_t log_offset = 0;  // of the last start
  };

  void write_configuration(const Node& node) const;
  std::vector<std::string> environment(const Node& node) const;
  void start_epmd();
  [[noreturn]] void fail(const Node& node, const std::string& what) const;

  TemporaryFolder folder_;
  Options options_;
  std::filesystem::path tree_, home_;  // what was unpacked, and RabbitMQ in it
  std::uint16_t epmd_port_ = 0;
  pid_t epmd_ = -1;
  std::vector<Node> nodes_;
};

}  // namespace netherlink::test
