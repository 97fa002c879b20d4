// What only a broker can do to im.ingest, while it is well.
#include <atomic>
#include <map>
#include <thread>

#include "bus/rabbitmq/topology.hpp"
#include "engines.hpp"
#include "support/catch.hpp"

using namespace netherlink;
using namespace netherlink::test;
using namespace std::chrono_literals;

namespace {

std::vector<std::string> numbers(std::size_t partition, int from, int to) {
  std::vector<std::string> all;
  for (int i = from; i < to; ++i) all.push_back(std::to_string(partition) + ":" + std::to_string(i));
  return all;
}

}  // namespace

TEST_CASE("What a consumer did not acknowledge goes to the next one, in order") {
  const auto options = fresh_options(1);
  const auto bus = make_rabbit(options);
  auto first = bus->ingest().consume();
  for (int i = 0; i < 100; ++i) must_publish(bus->ingest(), 0, std::to_string(i));
  CHECK(take(*first, 10, true).size() >= 10);
  const auto other_bus = make_rabbit(replica(options, "b"));
  const auto second = other_bus->ingest().consume();
  for (int i = 100; i < 200; ++i) must_publish(bus->ingest(), 0, std::to_string(i));
  const auto left = first->take(1 << 20, 5s);
  first.reset();  // dies with what it took
  const auto from = left.empty() ? 0 : std::stoi(*left.front().payload);
  const auto taken = take(*second, static_cast<std::size_t>(200 - from));
  CHECK(taken == numbers(0, from, 200));
}

TEST_CASE("stop() leaves what was not taken to the next consumer; what was taken is still acknowledged") {
  const auto options = fresh_options(1);
  const auto bus = make_rabbit(options);
  const auto first = bus->ingest().consume();
  for (int i = 0; i < 100; ++i) must_publish(bus->ingest(), 0, std::to_string(i));
  std::vector<bus::IngestDelivery> taken;
  REQUIRE(eventually([&] {
    taken = first->take(20, 100ms);
    return !taken.empty();
  }));
  const auto other_bus = make_rabbit(replica(options, "b"));
  const auto second = other_bus->ingest().consume();
  first->stop();
  CHECK(first->take(1 << 20, 1ms).empty());
  first->ack(taken.back().tag);
  const auto next = std::stoi(*taken.back().payload) + 1;
  auto rest = take(*second, static_cast<std::size_t>(100 - next));
  // The last AMQP message may have been taken in part: then all of it comes again.
  const auto begin = std::stoi(rest.front().substr(2));
  CHECK(begin <= next);
  while (rest.size() < static_cast<std::size_t>(100 - begin)) {
    for (auto& text : take(*second, 1)) rest.push_back(text);
  }
  CHECK(rest == numbers(0, begin, 100));
}

TEST_CASE("Waiting payloads of a partition travel together and are told apart again") {
  const auto bus = make_rabbit(fresh_options(1));
  const auto consumer = bus->ingest().consume();
  std::atomic<int> lost = 0;
  constexpr int count = 3000;
  for (int i = 0; i < count; ++i) {
    const auto size = i % 100 == 0 ? 70'000U : static_cast<unsigned>(i % 50);
    REQUIRE(eventually([&] {
      return bus->ingest().publish(0, std::to_string(i) + std::string(size, '.'), 1, [&] { ++lost; }).has_value();
    }));
  }
  const auto taken = take(*consumer, count);
  REQUIRE(taken.size() == count);
  for (int i = 0; i < count; ++i) {
    const auto& text = taken[static_cast<std::size_t>(i)];
    CHECK(text.substr(2, text.find('.') - 2) == std::to_string(i));
  }
  CHECK(lost == 0);
}

TEST_CASE("What the broker cannot route is lost and said to be, and the queue is declared again") {
  const auto options = fresh_options(1);
  const auto bus = make_rabbit(options);
  must_publish(bus->ingest(), 0, "before");
  bus::rabbitmq::Lifeline lifeline;
  bus::rabbitmq::Connection connection(lifeline);
  REQUIRE(connection.open(*bus::rabbitmq::parse_url(options.urls[0]), "test"));
  REQUIRE(connection.open_channel(1));
  REQUIRE(eventually([&] { return bus->ingest().depth() == 0; }));
  REQUIRE(connection.delete_queue(1, bus::rabbitmq::ingest_queue(0)));
  std::atomic<int> lost = 0;
  REQUIRE(bus->ingest().publish(0, "nowhere", 1, [&] { ++lost; }));
  CHECK(eventually([&] { return lost == 1; }));
  const auto consumer = bus->ingest().consume();
  std::vector<std::string> taken;
  CHECK(eventually([&] {
    (void)bus->ingest().publish(0, "after", 1, {});
    for (const auto& delivery : consumer->take(1 << 20, 100ms)) taken.push_back(*delivery.payload);
    return !taken.empty();
  }));
  CHECK(taken.at(0) == "after");
}

TEST_CASE("A consumer whose queue is deleted goes on once it is there again") {
  const auto options = fresh_options(1);
  const auto bus = make_rabbit(options);
  const auto consumer = bus->ingest().consume();
  must_publish(bus->ingest(), 0, "1");
  take(*consumer, 1);
  bus::rabbitmq::Lifeline lifeline;
  bus::rabbitmq::Connection connection(lifeline);
  REQUIRE(connection.open(*bus::rabbitmq::parse_url(options.urls[0]), "test"));
  REQUIRE(connection.open_channel(1));
  REQUIRE(connection.delete_queue(1, bus::rabbitmq::ingest_queue(0)));
  CHECK(eventually([&] {
    (void)bus->ingest().publish(0, "2", 1, {});
    return !consumer->take(1 << 20, 100ms).empty();
  }));
}

TEST_CASE("Replicas share the partitions, and take over those of one that leaves") {
  const auto options = fresh_options(6);
  struct Replica {
    std::unique_ptr<bus::Bus> bus;
    Heard heard;
    std::unique_ptr<bus::IngestConsumer> consumer;
  };
  std::map<std::string, Replica> replicas;
  const auto start = [&](const std::string& name) {
    auto& one = replicas[name];
    one.bus = bus::make_rabbit_bus(replica(options, name));
    one.heard.subscribe(one.bus->push());
    one.consumer = one.bus->ingest().consume();
    REQUIRE(eventually([&] { return one.bus->connected(); }));
  };
  const auto client = make_rabbit(replica(options, "client"));
  int number = 0;
  // Who gets what is published to each partition now?
  const auto shares = [&] {
    std::map<std::string, int> counts;
    const auto mark = std::to_string(++number);
    for (std::size_t partition = 0; partition < 6; ++partition) must_publish(client->ingest(), partition, mark);
    int found = 0;
    CHECK(eventually([&] {
      for (auto& [name, one] : replicas) {
        for (const auto& delivery : one.consumer->take(1 << 20, 20ms)) {
          one.consumer->ack(delivery.tag);
          if (*delivery.payload != mark) continue;
          ++counts[name];
          ++found;
        }
      }
      return found >= 6;
    }));
    return counts;
  };
  start("a");
  CHECK(shares() == std::map<std::string, int>{{"a", 6}});
  start("b");
  CHECK(eventually([&] { return shares() == std::map<std::string, int>{{"a", 3}, {"b", 3}}; }));
  start("c");
  CHECK(eventually([&] { return shares() == std::map<std::string, int>{{"a", 2}, {"b", 2}, {"c", 2}}; }));
  replicas.erase("a");
  CHECK(eventually([&] { return shares() == std::map<std::string, int>{{"b", 3}, {"c", 3}}; }));
}
