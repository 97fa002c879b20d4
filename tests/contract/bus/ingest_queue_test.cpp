#include <atomic>
#include <thread>

#include "netherlink/bus/bus.hpp"
#include "support/catch.hpp"

using namespace netherlink;
using namespace std::chrono_literals;

TEST_CASE("Ingest hands out what was published, in order for each partition") {
  const auto bus = bus::make_memory_bus({4, 1'000'000});
  const auto consumer = bus->ingest().consume();
  constexpr int per_thread = 2000;
  std::vector<std::thread> producers;
  for (std::size_t partition = 0; partition < 4; ++partition) {
    producers.emplace_back([&, partition] {
      for (int i = 0; i < per_thread; ++i) {
        REQUIRE(bus->ingest().publish(partition, std::to_string(i), 1, {}));
      }
    });
  }
  std::vector<int> next(4, 0);
  for (int received = 0; received < 4 * per_thread;) {
    for (const auto& delivery : consumer->take(1000, 5s)) {
      CHECK(*delivery.payload == std::to_string(next[delivery.partition]++));
      ++received;
      consumer->ack(delivery.tag);
    }
  }
  for (auto& producer : producers) producer.join();
  CHECK(bus->ingest().depth() == 0);
}

TEST_CASE("Ingest is bounded by weight and says so at once") {
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

TEST_CASE("take() respects its bound of bytes but always makes progress") {
  const auto bus = bus::make_memory_bus({1, 100});
  const auto consumer = bus->ingest().consume();
  for (int i = 0; i < 3; ++i) REQUIRE(bus->ingest().publish(0, std::string(10, 'x'), 1, {}));
  CHECK(consumer->take(20, 1s).size() == 2);
  CHECK(consumer->take(1, 1s).size() == 1);
  CHECK(consumer->take(1, 1ms).empty());
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

TEST_CASE("A waiting consumer is woken by stop()") {
  const auto bus = bus::make_memory_bus({1, 100});
  const auto consumer = bus->ingest().consume();
  std::thread stopper([&] { consumer->stop(); });
  CHECK(consumer->take(100, 1min).empty());
  stopper.join();
}
