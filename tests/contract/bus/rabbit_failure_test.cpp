// What happens to the bus when its broker dies, hangs, or has no memory left.
#include <atomic>
#include <thread>

#include "load.hpp"
#include "support/catch.hpp"

using namespace netherlink;
using namespace netherlink::test;
using namespace std::chrono_literals;

// Not with every run: a lone RabbitMQ 3.10 that was killed may take minutes until each quorum queue has a leader again
// (docs/reliability.md).
TEST_CASE("A broker that is killed under load loses nothing that was not said to be lost, and no order", "[.broker]") {
  const auto bus = make_rabbit(fresh_options(Load::partitions));
  Heard heard;
  heard.subscribe(bus->push());
  Load load(*bus);
  REQUIRE(goes_on(load));
  const auto gaps = heard.count("(gap)");
  broker().kill();
  CHECK(eventually([&] { return !bus->connected(); }));
  CHECK(bus->ingest().publish(0, "x", 1, {}).error().is(errors::server_unavailable));
  bus->push().publish({}, payload("nobody hears it"));
  broker().start();
  CHECK(eventually([&] { return bus->connected(); }));
  CHECK(goes_on(load));
  CHECK(eventually([&] { return heard.count("(gap)") > gaps; }));
  CHECK(load.all_arrived());
  CHECK(load.in_order());
  CHECK(load.slowest() < 1s);
  bus->push().publish({}, payload("again"));
  CHECK(eventually([&] { return heard.has("again"); }));
}

TEST_CASE("A broker that hangs makes publishers refuse, and all goes on when it wakes up") {
  const auto bus = make_rabbit(fresh_options(Load::partitions));
  Load load(*bus);
  REQUIRE(goes_on(load));
  broker().pause();
  const auto refused = load.refused();
  CHECK(eventually([&] { return load.refused() > refused; }));
  // A while after which every connection has given up.
  std::this_thread::sleep_for(6s);
  CHECK(load.slowest() < 1s);
  broker().resume();
  CHECK(eventually([&] { return bus->connected(); }));
  CHECK(goes_on(load));
  CHECK(load.all_arrived());
  CHECK(load.in_order());
}

TEST_CASE("A broker without memory makes publishers refuse at once, and all goes on when it has some") {
  const auto bus = make_rabbit(fresh_options(Load::partitions));
  Heard heard;
  heard.subscribe(bus->push());
  Load load(*bus);
  REQUIRE(goes_on(load));
  broker().control({"set_vm_memory_high_watermark", "0"});
  const auto refused = load.refused();
  CHECK(eventually([&] { return load.refused() > refused; }));
  const auto begun = std::chrono::steady_clock::now();
  CHECK(bus->ingest().publish(0, "x", 1, {}).error().is(errors::server_unavailable));
  bus->push().publish({}, payload("late"));
  CHECK(std::chrono::steady_clock::now() < begun + 2s);
  broker().control({"set_vm_memory_high_watermark", "0.4"});
  CHECK(goes_on(load));
  CHECK(load.all_arrived());
  CHECK(load.in_order());
  CHECK(load.slowest() < 1s);
}

TEST_CASE("stop() ends in bounded time although the broker hangs") {
  const auto options = fresh_options();
  const auto bus = make_rabbit(options);
  Heard heard;
  heard.subscribe(bus->push());
  auto consumer = bus->ingest().consume();
  bus->tasks().consume([](const std::string&) { return true; });
  REQUIRE(eventually([&] { return bus->connected(); }));
  broker().pause();
  std::atomic<int> lost = 0;
  for (int i = 0; i < 100; ++i) (void)bus->ingest().publish(0, "x", 1, [&] { ++lost; });
  const auto begun = std::chrono::steady_clock::now();
  consumer.reset();
  bus->stop();
  CHECK(std::chrono::steady_clock::now() < begun + 20s);
  CHECK(lost == 100);
  broker().resume();
}

TEST_CASE("A bus without a broker refuses, says so and stops") {
  bus::RabbitBusOptions options;
  options.urls = {"amqp://guest:guest@127.0.0.1:1/"};
  options.instance = "a";
  const auto bus = bus::make_rabbit_bus(options);
  CHECK_FALSE(bus->connected());
  CHECK(bus->ingest().publish(0, "x", 1, {}).error().is(errors::server_unavailable));
  bus->push().publish({}, payload("x"));
  bus->stop();
}

TEST_CASE("Above its bound of unconfirmed commands the bus is overloaded") {
  auto options = fresh_options(1);
  options.queue_messages = 10;
  const auto bus = make_rabbit(options);
  broker().pause();
  std::atomic<int> lost = 0;
  CHECK(bus->ingest().publish(0, "a", 8, [&] { ++lost; }));
  CHECK(bus->ingest().publish(0, "b", 8, {}).error().is(errors::server_overloaded));
  CHECK(bus->ingest().depth() == 8);
  broker().resume();
  CHECK(eventually([&] { return bus->ingest().depth() == 0; }));
}
