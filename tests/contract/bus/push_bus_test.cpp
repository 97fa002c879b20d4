#include <mutex>
#include <thread>

#include "netherlink/bus/bus.hpp"
#include "support/catch.hpp"

using namespace netherlink;

namespace {

bus::Payload payload(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

}  // namespace

TEST_CASE("Push keeps the order of a publishing thread and hands over everything before stop() returns") {
  const auto bus = bus::make_memory_bus({});
  std::vector<std::string> received;  // the handler runs on one thread; stop() joins it
  bus->push().subscribe([&](const bus::Payload& p) { received.push_back(*p); }, [] {});
  std::vector<std::thread> publishers;
  for (const char name : {'a', 'b'}) {
    publishers.emplace_back([&, name] {
      for (int i = 0; i < 1000; ++i) bus->push().publish({}, payload(name + std::to_string(i)));
    });
  }
  for (auto& publisher : publishers) publisher.join();
  bus->stop();
  REQUIRE(received.size() == 2000);
  int next_a = 0, next_b = 0;
  for (const auto& text : received) {
    auto& next = text[0] == 'a' ? next_a : next_b;
    CHECK(text.substr(1) == std::to_string(next++));
  }
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

TEST_CASE("What is published after stop() is dropped") {
  const auto bus = bus::make_memory_bus({});
  int received = 0;
  bus->push().subscribe([&](const bus::Payload&) { ++received; }, [] {});
  bus->stop();
  bus->push().publish({}, payload("late"));
  CHECK(received == 0);
}
