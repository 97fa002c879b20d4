#include <thread>

#include "engines.hpp"
#include "support/catch.hpp"

using namespace netherlink;
using namespace netherlink::test;

TEST_CASE("Push keeps the order of a publishing thread and hands over everything before stop() returns") {
  const auto engine = GENERATE(from_range(engines));
  INFO(name_of(engine));
  const auto bus = make_bus(engine);
  Heard heard;
  heard.subscribe(bus->push());
  REQUIRE(eventually([&] { return bus->connected(); }));
  std::vector<std::thread> publishers;
  for (const char name : {'a', 'b'}) {
    publishers.emplace_back([&, name] {
      for (int i = 0; i < 1000; ++i) bus->push().publish({}, payload(name + std::to_string(i)));
    });
  }
  for (auto& publisher : publishers) publisher.join();
  bus->stop();
  int next_a = 0, next_b = 0;
  for (const auto& text : heard.all()) {
    if (text == "(gap)") continue;  // the one for having connected
    auto& next = text[0] == 'a' ? next_a : next_b;
    CHECK(text.substr(1) == std::to_string(next++));
  }
  CHECK(next_a == 1000);
  CHECK(next_b == 1000);
  CHECK(heard.count("(gap)") <= 1);
}

TEST_CASE("A publisher that is far ahead waits for the handler instead of filling the memory") {
  const auto bus = bus::make_memory_bus({});
  std::size_t bytes = 0;
  bus->push().subscribe([&](const bus::Payload& p) { bytes += p->size(); }, [] {});
  const auto large = payload(std::string(1 << 20, 'x'));
  for (int i = 0; i < 200; ++i) bus->push().publish({}, large);
  bus->stop();
  CHECK(bytes == 200U << 20);
}

TEST_CASE("What is published to push after stop() is dropped") {
  const auto engine = GENERATE(from_range(engines));
  INFO(name_of(engine));
  const auto bus = make_bus(engine);
  Heard heard;
  heard.subscribe(bus->push());
  bus->stop();
  bus->push().publish({}, payload("late"));
  CHECK_FALSE(heard.has("late"));
}
