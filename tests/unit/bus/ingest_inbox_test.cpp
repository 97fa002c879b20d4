#include "bus/rabbitmq/ingest_inbox.hpp"

#include "support/catch.hpp"

using namespace netherlink::bus;
using namespace netherlink::bus::rabbitmq;
using namespace std::chrono_literals;

namespace {

struct Fixture {
  std::shared_ptr<std::atomic<std::size_t>> arrived = std::make_shared<std::atomic<std::size_t>>(0);
  IngestInbox inbox{2, arrived};

  Fixture() {
    inbox.begin_life(0);
    inbox.begin_life(1);
  }
  void deliver(std::size_t partition, std::uint64_t tag, const std::vector<std::string>& texts) {
    std::vector<BatchItem> items;
    for (const auto& text : texts) items.push_back({std::make_shared<const std::string>(text), 1});
    inbox.deliver(partition, tag, false, std::move(items));
  }
  std::vector<IngestDelivery> take(std::size_t bytes = 1000) { return inbox.take(bytes, 0ms); }
};

using Acks = std::vector<std::pair<std::size_t, std::uint64_t>>;

}  // namespace

TEST_CASE("An AMQP message is acknowledged with the last of its payloads") {
  Fixture f;
  f.deliver(0, 7, {"a", "b"});
  f.deliver(1, 3, {"c"});
  CHECK(*f.arrived == 3);
  const auto taken = f.take(1);
  REQUIRE(taken.size() == 1);
  f.inbox.ack(taken[0].tag);
  CHECK(f.inbox.collect().acks.empty());
  const auto rest = f.take();
  REQUIRE(rest.size() == 2);
  f.inbox.ack(rest[0].tag);
  CHECK(f.inbox.collect().acks == Acks{{0, 7}});
  f.inbox.ack(rest[1].tag);
  CHECK(f.inbox.collect().acks == Acks{{1, 3}});
  CHECK(f.inbox.collect().acks.empty());
  CHECK(*f.arrived == 0);
}

TEST_CASE("Tags of a life that ended lead nowhere") {
  Fixture f;
  f.deliver(0, 1, {"a"});
  const auto old = f.take();
  f.inbox.end_life(0);
  f.deliver(0, 2, {"late, of the channel that is being closed"});
  CHECK(f.take().empty());
  f.inbox.begin_life(0);
  f.deliver(0, 1, {"a"});
  const auto again = f.take();
  f.inbox.ack(old.back().tag);
  CHECK(f.inbox.collect().acks.empty());
  f.inbox.ack(again.back().tag);
  CHECK(f.inbox.collect().acks == Acks{{0, 1}});
}

TEST_CASE("Giving back ends the life of the partitions concerned, and of no other") {
  Fixture f;
  f.deliver(0, 1, {"a"});
  f.deliver(0, 2, {"b"});
  f.deliver(1, 1, {"c"});
  const auto taken = f.take(1);
  f.deliver(0, 3, {"d"});
  f.inbox.give_back();
  const auto work = f.inbox.collect();
  CHECK(work.given_back == std::vector<std::size_t>{0});
  const auto rest = f.take();
  REQUIRE(rest.size() == 1);
  CHECK(rest[0].partition == 1);
  CHECK(rest[0].tag > taken[0].tag);
}

TEST_CASE("What was acknowledged before the rest is given back is acknowledged to the broker") {
  Fixture f;
  f.deliver(0, 1, {"a"});
  f.deliver(0, 2, {"b"});
  const auto taken = f.take();
  f.inbox.ack(taken[0].tag);
  f.inbox.give_back();
  const auto work = f.inbox.collect();
  CHECK(work.acks == Acks{{0, 1}});
  CHECK(work.given_back == std::vector<std::size_t>{0});
}

TEST_CASE("A partition that is held hands out nothing more and becomes idle") {
  Fixture f;
  f.deliver(0, 1, {"a"});
  const auto taken = f.take();
  f.deliver(0, 2, {"b"});
  f.inbox.hold(0);
  f.deliver(0, 3, {"c"});
  CHECK(f.take().empty());
  CHECK_FALSE(f.inbox.idle(0));
  f.inbox.ack(taken[0].tag);
  CHECK(f.inbox.idle(0));
  CHECK(f.inbox.collect().acks == Acks{{0, 1}});
}

TEST_CASE("stop() forgets what waits and keeps what was taken") {
  Fixture f;
  f.deliver(0, 1, {"a"});
  const auto taken = f.take();
  f.deliver(0, 2, {"b"});
  f.inbox.stop();
  CHECK(f.take().empty());
  CHECK(*f.arrived == 0);
  CHECK_FALSE(f.inbox.idle());
  f.inbox.ack(taken[0].tag);
  CHECK(f.inbox.idle());
  CHECK(f.inbox.collect().acks == Acks{{0, 1}});
}
