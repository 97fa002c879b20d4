#include <atomic>
#include <thread>

#include "engines.hpp"
#include "support/catch.hpp"

using namespace netherlink;
using namespace netherlink::test;
using namespace std::chrono_literals;

TEST_CASE("Ingest hands out what was published, in order for each partition") {
  const auto engine = GENERATE(from_range(engines));
  INFO(name_of(engine));
  const auto bus = make_bus(engine, 4);
  const auto consumer = bus->ingest().consume();
  constexpr int per_thread = 2000;
  std::atomic<int> refused = 0, lost = 0;
  std::vector<std::thread> producers;
  for (std::size_t partition = 0; partition < 4; ++partition) {
    producers.emplace_back([&, partition] {
      for (int i = 0; i < per_thread; ++i) {
        if (!bus->ingest().publish(partition, std::to_string(i), 1, [&] { ++lost; })) ++refused;
      }
    });
  }
  std::vector<int> next(4, 0);
  int received = 0;
  CHECK(eventually([&] {
    for (const auto& delivery : consumer->take(1000, 100ms)) {
      CHECK(*delivery.payload == std::to_string(next[delivery.partition]++));
      CHECK_FALSE(delivery.redelivered);
      ++received;
      consumer->ack(delivery.tag);
    }
    return received == 4 * per_thread || refused + lost > 0;
  }));
  for (auto& producer : producers) producer.join();
  CHECK(refused == 0);
  CHECK(lost == 0);
  CHECK(eventually([&] { return bus->ingest().depth() == 0; }));
}

TEST_CASE("take() respects its bound of bytes but always makes progress") {
  const auto engine = GENERATE(from_range(engines));
  INFO(name_of(engine));
  const auto bus = make_bus(engine);
  const auto consumer = bus->ingest().consume();
  for (int i = 0; i < 10; ++i) REQUIRE(bus->ingest().publish(0, std::string(10, 'x'), 1, {}));
  std::size_t received = 0;
  CHECK(eventually([&] {
    const auto deliveries = consumer->take(20, 100ms);
    CHECK(deliveries.size() <= 2);
    received += deliveries.size();
    return received == 10;
  }));
  must_publish(bus->ingest(), 0, "larger than one byte");
  CHECK(eventually([&] { return consumer->take(1, 100ms).size() == 1; }));
  CHECK(consumer->take(1, 1ms).empty());
}

TEST_CASE("What is given back comes again, in order, marked as redelivered; what was acknowledged does not") {
  const auto engine = GENERATE(from_range(engines));
  INFO(name_of(engine));
  const auto bus = make_bus(engine);
  const auto consumer = bus->ingest().consume();
  must_publish(bus->ingest(), 0, "done");
  must_publish(bus->ingest(), 1, "done");
  take(*consumer, 2);
  for (int i = 0; i < 50; ++i) {
    must_publish(bus->ingest(), 0, "a" + std::to_string(i));
    must_publish(bus->ingest(), 1, "b" + std::to_string(i));
  }
  take(*consumer, 10, false);
  consumer->give_back();
  must_publish(bus->ingest(), 0, "a50");
  std::vector<int> next(2, 0);
  bool redelivered = false;
  CHECK(eventually([&] {
    for (const auto& delivery : consumer->take(1 << 20, 100ms)) {
      const auto name = delivery.partition == 0 ? "a" : "b";
      CHECK(*delivery.payload == name + std::to_string(next[delivery.partition]++));
      redelivered = redelivered || delivery.redelivered;
      consumer->ack(delivery.tag);
    }
    return next[0] == 51 && next[1] == 50;
  }));
  CHECK(redelivered);
  CHECK(consumer->take(1 << 20, 300ms).empty());
}

TEST_CASE("A waiting consumer is woken by stop(), and says that it is empty") {
  const auto engine = GENERATE(from_range(engines));
  INFO(name_of(engine));
  const auto bus = make_bus(engine);
  const auto consumer = bus->ingest().consume();
  std::thread stopper([&] { consumer->stop(); });
  CHECK(consumer->take(100, 1min).empty());
  stopper.join();
  CHECK(consumer->stopped_and_empty());
}
