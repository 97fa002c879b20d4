// By hand, because three nodes take half a minute to start: contract_bus '[cluster]'.
#include <thread>

#include "load.hpp"
#include "support/catch.hpp"

using namespace netherlink;
using namespace netherlink::test;

TEST_CASE("A cluster whose nodes are killed and started in turn loses nothing and no order", "[.cluster]") {
  RabbitServer cluster({3, {}, 0});
  bus::RabbitBusOptions options;
  options.urls = cluster.urls();
  options.instance = "a";
  options.partitions = Load::partitions;
  const auto bus = make_rabbit(options);
  Heard heard;
  heard.subscribe(bus->push());
  Load load(*bus);
  REQUIRE(goes_on(load));
  for (std::size_t node = 0; node < cluster.nodes(); ++node) {
    INFO("node " << node);
    cluster.kill(node);
    const auto begun = std::chrono::steady_clock::now();
    CHECK(goes_on(load));
    const auto took = std::chrono::steady_clock::now() - begun;
    WARN("killed node " << node << ": went on after "
                        << std::chrono::duration_cast<std::chrono::milliseconds>(took).count() << " ms, lost "
                        << load.lost() << ", refused " << load.refused());
    cluster.start(node);
    CHECK(goes_on(load));
    std::this_thread::sleep_for(std::chrono::seconds(3));  // until it has caught up
  }
  for (std::size_t node = 0; node < cluster.nodes(); ++node) cluster.kill(node);
  for (std::size_t node = 0; node < cluster.nodes(); ++node) cluster.begin_start(node);
  for (std::size_t node = 0; node < cluster.nodes(); ++node) cluster.wait_started(node);
  CHECK(goes_on(load));
  CHECK(load.all_arrived());
  CHECK(load.in_order());
  WARN("received " << load.received() << ", lost " << load.lost() << ", refused " << load.refused());
}

TEST_CASE("A node that hangs is left for another", "[.cluster]") {
  RabbitServer cluster({3, {}, 0});
  bus::RabbitBusOptions options;
  options.urls = cluster.urls();
  options.instance = "a";
  options.partitions = Load::partitions;
  const auto bus = make_rabbit(options);
  Load load(*bus);
  REQUIRE(goes_on(load));
  for (std::size_t node = 0; node < cluster.nodes(); ++node) {
    INFO("node " << node);
    cluster.pause(node);
    CHECK(goes_on(load));
    cluster.resume(node);
    CHECK(goes_on(load));
    std::this_thread::sleep_for(std::chrono::seconds(3));
  }
  CHECK(load.all_arrived());
  CHECK(load.in_order());
}
