#pragma once

#include <chrono>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace netherlink::bus::rabbitmq {

using Clock = std::chrono::steady_clock;

struct Endpoint {
  std::string host, user, password, vhost;
  int port = 5672;
  /// host:port, which may be logged.
  std::string name() const;
};

/// nullopt: not amqp://user:password@host:port/vhost.
std::optional<Endpoint> parse_url(const std::string& url);

/// Which broker to try next, and after how long. For one thread.
class Endpoints {
 public:
  /// Urls that cannot be read are logged and left out. Starts anywhere, so that replicas spread over the brokers.
  explicit Endpoints(const std::vector<std::string>& urls);

  bool empty() const { return endpoints_.empty(); }
  const Endpoint& current() const { return endpoints_[current_]; }
  /// The current one failed: the next one is current after the time returned, which grows and is never the same twice,
  /// so that a thousand replicas do not come back as one.
  std::chrono::milliseconds failed();
  void succeeded() { failures_ = 0; }

 private:
  std::vector<Endpoint> endpoints_;
  std::size_t current_ = 0;
  unsigned failures_ = 0;
  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace netherlink::bus::rabbitmq
