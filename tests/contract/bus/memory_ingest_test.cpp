#include "netherlink/bus/bus.hpp"
#include "support/catch.hpp"

using namespace netherlink;
using namespace std::chrono_literals;

TEST_CASE("In memory ingest is bounded by weight and says so at once") {
  const auto bus = bus::make_memory_bus({1, 10});
  CHECK(bus->ingest().publish(0, "a", 8, {}));
  const auto refused = bus->ingest().publish(0, "b", 8, {});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().is(errors::server_overloaded));
  CHECK(bus->ingest().depth() == 8);
  const auto consumer = bus->ingest().consume();
  CHECK(consumer->take(100, 1s).size() == 1);
  CHECK(bus->ingest().publish(0, "b", 8, {}));
}

TEST_CASE("A single payload above the bound is taken when the queue is empty") {
  const auto bus = bus::make_memory_bus({1, 10});
  CHECK(bus->ingest().publish(0, "a", 11, {}));
}

TEST_CASE("After stop() what is left is handed out, and nothing new is taken") {
  const auto bus = bus::make_memory_bus({1, 100});
  const auto consumer = bus->ingest().consume();
  REQUIRE(bus->ingest().publish(0, "a", 1, {}));
  consumer->stop();
  CHECK_FALSE(consumer->stopped_and_empty());
  CHECK(bus->ingest().publish(0, "b", 1, {}).error().is(errors::server_unavailable));
  CHECK(consumer->take(100, 1s).size() == 1);
  CHECK(consumer->stopped_and_empty());
  CHECK(consumer->take(100, 5s).empty());
}

TEST_CASE("What is given back after stop() is lost, and said to be") {
  const auto bus = bus::make_memory_bus({1, 100});
  const auto consumer = bus->ingest().consume();
  int lost = 0;
  REQUIRE(bus->ingest().publish(0, "a", 1, [&] { ++lost; }));
  REQUIRE(bus->ingest().publish(0, "b", 1, [&] { ++lost; }));
  const auto taken = consumer->take(100, 1s);
  REQUIRE(taken.size() == 2);
  consumer->ack(taken[0].tag);
  consumer->stop();
  consumer->give_back();
  CHECK(lost == 1);
  CHECK(consumer->stopped_and_empty());
}
