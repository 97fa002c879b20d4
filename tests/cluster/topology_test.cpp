// What the cluster promises on the topology of production (docs/reliability.md): three brokers, Redis with a replica
// and three sentinels, a MariaDB primary with a replica.
#include <algorithm>
#include <sstream>
#include <thread>

#include "cluster/survive.hpp"
#include "support/catch.hpp"

namespace netherlink::test {
namespace {

/// How many queues each node leads, by its number.
std::vector<std::size_t> queues_led(const RabbitServer& broker, const std::string& vhost) {
  std::vector<std::size_t> led(broker.nodes());
  std::istringstream lines(broker.control({"list_queues", "-p", vhost, "--no-table-headers", "leader"}));
  for (std::string name; lines >> name;) {
    for (std::size_t node = 0; node < broker.nodes(); ++node) led[node] += name == broker.name(node) ? 1U : 0U;
  }
  return led;
}

struct Topology {
  Stack stack{{.broker_nodes = 3, .deployments = 1, .topology = Stack::Topology::production}};
  Replicas replicas{stack, 3};

  /// The broker node that leads most queues of the deployment.
  std::size_t leader() {
    const auto led = queues_led(stack.broker(), Stack::virtual_host(1));
    return static_cast<std::size_t>(std::max_element(led.begin(), led.end()) - led.begin());
  }
};

}  // namespace

TEST_CASE("chaos: every part of the production topology fails in turn", "[chaos][topology]") {
  Topology topology;
  auto& broker = topology.stack.broker();
  auto& sentinels = topology.stack.sentinels();
  survive(topology.replicas.ports(), [&](std::size_t) {
    INFO("the broker node that leads the queues");
    const auto leader = topology.leader();
    broker.kill(leader);
    std::this_thread::sleep_for(pause_length());
    broker.start(leader);

    INFO("the master of the cache: the sentinels choose the other");
    const bool first_leads = sentinels.master_port() == sentinels.first().port();
    auto& master = first_leads ? sentinels.first() : sentinels.second();
    const auto& other = first_leads ? sentinels.second() : sentinels.first();
    master.kill();
    CHECK(eventually([&] { return sentinels.master_port() == other.port(); }, patience));
    master.start();

    INFO("the primary of the database, and its replica");
    topology.stack.database().kill();
    std::this_thread::sleep_for(for_a_moment);
    topology.stack.database().start();
    topology.stack.database_replica().kill();
    std::this_thread::sleep_for(for_a_moment);
    topology.stack.database_replica().start();

    INFO("a replica, and the broker's nodes one after the other, as for an upgrade");
    CHECK(topology.replicas[0].terminate() == 0);
    for (std::size_t node = 0; node < broker.nodes(); ++node) {
      broker.kill(node);
      broker.start(node);
    }
    topology.replicas[0].start();
  });
}

// Not with every run: nodes of RabbitMQ 3.10 that come back all at once wait for each other for up to a minute or two.
TEST_CASE("chaos: all brokers are killed at once", "[.broker]") {
  Topology topology;
  auto& broker = topology.stack.broker();
  survive(topology.replicas.ports(), [&](std::size_t) {
    for (std::size_t node = 0; node < broker.nodes(); ++node) broker.kill(node);
    for (std::size_t node = 0; node < broker.nodes(); ++node) broker.begin_start(node);
    for (std::size_t node = 0; node < broker.nodes(); ++node) broker.wait_started(node);
  });
}

}  // namespace netherlink::test
