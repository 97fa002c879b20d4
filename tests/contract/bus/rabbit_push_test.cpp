// What only a broker can do to im.push and im.tasks, while it is well; dead letters.
#include <atomic>
#include <thread>

#include "bus/rabbitmq/topology.hpp"
#include "bus/task_policy.hpp"
#include "engines.hpp"
#include "support/catch.hpp"

using namespace netherlink;
using namespace netherlink::test;

TEST_CASE("Push reaches one replica, some, all, or nobody") {
  const auto options = fresh_options();
  const auto a = bus::make_rabbit_bus(options), b = bus::make_rabbit_bus(replica(options, "b"));
  Heard at_a, at_b;
  at_a.subscribe(a->push());
  at_b.subscribe(b->push());
  REQUIRE(eventually([&] { return a->connected() && b->connected(); }));
  const std::string only_a[]{"a"}, only_b[]{"b"}, both[]{"a", "b"}, nobody[]{"nobody"};
  a->push().publish(only_b, payload("to b"));
  a->push().publish(only_a, payload("to a"));
  a->push().publish(nobody, payload("to nobody"));
  a->push().publish(both, payload("to both"));
  a->push().publish({}, payload("to all"));
  CHECK(eventually([&] { return at_a.has("to all") && at_b.has("to all"); }));
  CHECK(at_a.all() == std::vector<std::string>{"(gap)", "to a", "to both", "to all"});
  CHECK(at_b.all() == std::vector<std::string>{"(gap)", "to b", "to both", "to all"});
}

TEST_CASE("A replica that reads too slowly for its queue hears of the gap") {
  const auto options = fresh_options();
  const auto a = make_rabbit(options), b = bus::make_rabbit_bus(replica(options, "b"));
  std::atomic<bool> open = false;
  std::atomic<int> received = 0, gaps = 0;
  b->push().subscribe(
      [&](const bus::Payload&) {
        while (!open) std::this_thread::sleep_for(std::chrono::milliseconds(1));
        ++received;
      },
      [&] { ++gaps; });
  REQUIRE(eventually([&] { return b->connected() && gaps == 1; }));
  const auto large = payload(std::string(1 << 20, 'x'));
  const std::string only_b[]{"b"};
  for (int i = 0; i < 300; ++i) a->push().publish(only_b, large);  // more than its queue holds
  open = true;
  CHECK(eventually([&] { return gaps > 1; }));
  CHECK(received < 300);
}

TEST_CASE("A task that failed for good is a dead letter, which can be looked at and replayed") {
  const auto options = fresh_options();
  std::atomic<int> tries = 0;
  std::atomic<bool> works = false;
  const auto bus = make_rabbit(options);
  bus->tasks().consume([&](const std::string& task) {
    ++tries;
    return task == "poison" && works;
  });
  REQUIRE(eventually([&] { return bus->tasks().publish(bus::TaskQueue::Priority::high, "poison").has_value(); }));
  const auto letters = [&] { return bus::dead_letters(options, 10).value(); };
  REQUIRE(eventually([&] { return letters().size() == 1; }));
  const auto letter = letters().at(0);  // it stayed
  CHECK(letter.queue == bus::rabbitmq::tasks_queue);
  CHECK(letter.reason == "failed");
  CHECK(*letter.payload == "poison");
  CHECK(letter.count == bus::task_tries);
  CHECK(tries == bus::task_tries);
  works = true;
  CHECK(bus::replay_dead_letters(options, 10).value() == 1);
  CHECK(eventually([&] { return tries == bus::task_tries + 1; }));
  CHECK(letters().empty());
}

TEST_CASE("A message that is not ours becomes a dead letter and stops nobody") {
  const auto options = fresh_options(1);
  const auto bus = make_rabbit(options);
  const auto consumer = bus->ingest().consume();
  bus::rabbitmq::Lifeline lifeline;
  bus::rabbitmq::Connection connection(lifeline);
  REQUIRE(connection.open(*bus::rabbitmq::parse_url(options.urls[0]), "test"));
  REQUIRE(connection.open_channel(1));
  bus::rabbitmq::Message foreign;
  foreign.exchange = bus::rabbitmq::ingest_exchange;
  foreign.routing_key = bus::rabbitmq::ingest_key(0);
  foreign.body = payload("\x07what is this");
  REQUIRE(connection.publish(1, foreign, "1"));
  must_publish(bus->ingest(), 0, "good");
  CHECK(take(*consumer, 1) == std::vector<std::string>{"0:good"});
  std::vector<bus::DeadLetter> letters;
  CHECK(eventually([&] {
    letters = bus::dead_letters(options, 10).value();
    return letters.size() == 1;
  }));
  CHECK(letters.at(0).queue == bus::rabbitmq::ingest_queue(0));
  CHECK(letters.at(0).reason == "rejected");
}

TEST_CASE("Dead letters need a broker") {
  bus::RabbitBusOptions options;
  options.urls = {"amqp://guest:guest@127.0.0.1:1/"};
  CHECK(bus::dead_letters(options, 1).error().is(errors::server_unavailable));
  CHECK(bus::replay_dead_letters(options, 1).error().is(errors::server_unavailable));
}
