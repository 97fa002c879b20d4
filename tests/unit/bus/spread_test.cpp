#include "bus/rabbitmq/spread.hpp"

#include <deque>
#include <memory>

#include "support/catch.hpp"

using namespace netherlink::bus::rabbitmq;
using namespace std::chrono_literals;

namespace {

/// Replicas that hear each other, at a time of the test's choosing.
struct Cluster {
  static constexpr std::size_t partitions = 16;
  Clock::time_point now = Clock::now();
  std::map<std::string, std::unique_ptr<Spread>> replicas;
  std::deque<std::string> sent;

  Spread& start(const std::string& name) {
    auto& replica = replicas[name] =
        std::make_unique<Spread>(name, partitions, [this](std::string text) { sent.push_back(std::move(text)); });
    replica->listen();
    replica->join(now);
    settle();
    return *replica;
  }
  void settle() {
    for (; !sent.empty(); sent.pop_front()) {
      const auto text = sent.front();
      for (auto& [name, replica] : replicas) replica->received(text, now);
    }
  }
  void pass(Clock::duration time) {
    for (const auto end = now + time; now < end; now += 500ms) {
      for (auto& [name, replica] : replicas) replica->tick(now);
      settle();
    }
  }
  /// Partitions of each, if all agree.
  std::map<std::string, int> shares() const {
    std::map<std::string, int> counts;
    for (std::size_t i = 0; i < partitions; ++i) {
      const auto owner = replicas.begin()->second->owner(i);
      for (const auto& [name, replica] : replicas) CHECK(replica->owner(i) == owner);
      ++counts[owner];
    }
    return counts;
  }
};

using Shares = std::map<std::string, int>;

}  // namespace

TEST_CASE("Replicas agree on fair shares as they come and go") {
  Cluster cluster;
  cluster.start("a");
  CHECK(cluster.shares() == Shares{{"a", 16}});
  cluster.start("b");
  CHECK(cluster.shares() == Shares{{"a", 8}, {"b", 8}});
  cluster.start("c");
  for (const auto& [name, count] : cluster.shares()) CHECK((count >= 4 && count <= 6));
  cluster.replicas["c"]->leave();
  cluster.settle();
  cluster.replicas.erase("c");
  CHECK(cluster.shares() == Shares{{"a", 8}, {"b", 8}});
}

TEST_CASE("A replica that falls silent is forgotten, and heard again when it returns") {
  Cluster cluster;
  cluster.start("a");
  cluster.start("b");
  const auto kept = std::move(cluster.replicas["b"]);
  cluster.replicas.erase("b");
  cluster.pass(5s);
  CHECK(cluster.shares() == Shares{{"a", 8}, {"b", 8}});
  cluster.pass(5s);
  CHECK(cluster.shares() == Shares{{"a", 16}});
  cluster.start("b");
  CHECK(cluster.shares() == Shares{{"a", 8}, {"b", 8}});
}

TEST_CASE("Few partitions move when a replica joins") {
  Cluster cluster;
  cluster.start("a");
  cluster.start("b");
  std::vector<std::string> before;
  for (std::size_t i = 0; i < Cluster::partitions; ++i) before.push_back(cluster.replicas["a"]->owner(i));
  cluster.start("c");
  int moved = 0;
  for (std::size_t i = 0; i < Cluster::partitions; ++i) moved += before[i] != cluster.replicas["a"]->owner(i) ? 1 : 0;
  CHECK(moved <= 10);
}

TEST_CASE("A replica waits for the answers of the others, but not for ever") {
  Cluster cluster;
  auto& a = cluster.start("a");
  CHECK_FALSE(a.ready(cluster.now));
  CHECK(a.ready(cluster.now + 1s));
  Spread deaf("x", 4, [](const std::string&) {});
  CHECK_FALSE(deaf.ready(cluster.now));
  deaf.join(cluster.now);
  CHECK(deaf.ready(cluster.now));  // it does not listen: it has nothing to wait for
  Spread alone("y", 4, [](const std::string&) {});
  alone.listen();
  alone.join(cluster.now);
  CHECK_FALSE(alone.ready(cluster.now + 1s));
  CHECK(alone.ready(cluster.now + 3s));
}

TEST_CASE("A replica that does not consume takes no share") {
  Cluster cluster;
  cluster.start("a");
  cluster.start("b").leave();
  cluster.settle();
  CHECK(cluster.replicas["a"]->owner(0) == "a");
  int of_a = 0;
  for (std::size_t i = 0; i < Cluster::partitions; ++i) of_a += cluster.replicas["a"]->owner(i) == "a" ? 1 : 0;
  CHECK(of_a == 16);
}
