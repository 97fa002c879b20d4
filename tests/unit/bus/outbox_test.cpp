#include "bus/rabbitmq/batch_format.hpp"
#include "bus/rabbitmq/ingest_queue.hpp"
#include "bus/rabbitmq/push_outbox.hpp"
#include "bus/rabbitmq/task_outbox.hpp"
#include "support/catch.hpp"

using namespace netherlink;
using namespace netherlink::bus::rabbitmq;
using namespace std::chrono_literals;

namespace {

std::vector<std::string> payloads(const Outgoing& outgoing) {
  std::vector<std::string> texts;
  const auto items = split_batch(*outgoing.message.body).value();
  for (const auto& item : items) texts.push_back(*item.payload);
  return texts;
}

const auto any_lane = [](std::size_t) { return true; };

PushMessage push_of(const Outgoing& outgoing) {
  return decode_push(*outgoing.message.body).value();
}

}  // namespace

TEST_CASE("A payload goes at once while its partition has nothing under way, and gathers company otherwise") {
  IngestOutbox outbox(2, 100);
  const auto now = Clock::now();
  auto later = now + 1h;
  REQUIRE(outbox.add(0, "a", 1, {}));
  const auto first = outbox.next(now, later, any_lane);
  REQUIRE(first);
  CHECK(payloads(*first) == std::vector<std::string>{"a"});
  REQUIRE(outbox.add(0, "b", 1, {}));
  REQUIRE(outbox.add(0, "c", 1, {}));
  REQUIRE(outbox.add(1, "x", 1, {}));
  const auto other = outbox.next(now, later, any_lane);
  REQUIRE(other);
  CHECK(other->message.routing_key == "p.1");
  CHECK_FALSE(outbox.next(now, later, any_lane));
  CHECK(later < now + 1s);
  const auto together = outbox.next(now + 1s, later, any_lane);
  REQUIRE(together);
  CHECK(payloads(*together) == std::vector<std::string>{"b", "c"});
  CHECK(outbox.empty(0));
  CHECK(outbox.empty(1));
  CHECK(outbox.weight() == 4);
  first->done(true);
  together->done(true);
  other->done(true);
  CHECK(outbox.weight() == 0);
}

TEST_CASE("A partition that is held up does not hold up another") {
  IngestOutbox outbox(2, 100);
  auto later = Clock::now() + 1h;
  int lost = 0;
  REQUIRE(outbox.add(0, "held up", 1, [&] { ++lost; }));
  REQUIRE(outbox.add(1, "goes", 1, {}));
  const auto second = [](std::size_t lane) { return lane == 1; };
  const auto sent = outbox.next(Clock::now(), later, second);
  REQUIRE(sent);
  CHECK(sent->lane == 1);
  CHECK_FALSE(outbox.next(Clock::now() + 1s, later, second));
  outbox.drop(0);
  CHECK(lost == 1);
  CHECK(outbox.weight() == 1);
  CHECK_FALSE(outbox.next(Clock::now() + 1s, later, any_lane));
}

TEST_CASE("64 KiB go together at most, and at once") {
  IngestOutbox outbox(1, 100);
  auto later = Clock::now() + 1h;
  REQUIRE(outbox.add(0, "first", 1, {}));
  REQUIRE(outbox.next(Clock::now(), later, any_lane));
  for (int i = 0; i < 5; ++i) REQUIRE(outbox.add(0, std::string(20'000, 'x'), 1, {}));
  const auto now = Clock::now() - 1h;  // no payload is old enough
  const auto full = outbox.next(now, later, any_lane);
  REQUIRE(full);
  CHECK(payloads(*full).size() == 3);
  CHECK_FALSE(outbox.next(now, later, any_lane));
}

TEST_CASE("The bound counts what is not confirmed, and each payload that is lost hears of it once") {
  IngestOutbox outbox(1, 10);
  auto later = Clock::now() + 1h;
  int lost = 0;
  REQUIRE(outbox.add(0, "larger than the bound, alone", 11, [&] { ++lost; }));
  CHECK(outbox.add(0, "b", 1, [&] { ++lost; }).error().is(errors::server_overloaded));
  const auto sent = outbox.next(Clock::now(), later, any_lane);
  CHECK(outbox.add(0, "b", 1, [&] { ++lost; }).error().is(errors::server_overloaded));
  sent->done(false);
  CHECK(lost == 1);
  REQUIRE(outbox.add(0, "b", 1, [&] { ++lost; }));
  outbox.drop(0);
  CHECK(lost == 2);
  CHECK(outbox.empty(0));
  CHECK(outbox.weight() == 0);
}

TEST_CASE("Pushes to one routing key are numbered without holes") {
  PushOutbox outbox;
  auto later = Clock::now();
  const std::string both[]{"a", "b"}, only_a[]{"a"};
  outbox.add(both, "1");
  outbox.add(only_a, "2");
  std::vector<Outgoing> kept;
  while (auto outgoing = outbox.next(Clock::now(), later, any_lane)) kept.push_back(std::move(*outgoing));
  REQUIRE(kept.size() == 3);
  CHECK(kept[0].message.routing_key == "i.a");
  CHECK(kept[1].message.routing_key == "i.b");
  CHECK(push_of(kept[0]).stream == push_of(kept[2]).stream);
  CHECK(push_of(kept[0]).stream != push_of(kept[1]).stream);
  CHECK(push_of(kept[0]).number == 0);
  CHECK(push_of(kept[2]).number == 1);
}

TEST_CASE("After a push was lost everybody is told, once") {
  PushOutbox outbox;
  auto later = Clock::now();
  outbox.add({}, "1");
  outbox.add({}, "2");
  outbox.next(Clock::now(), later, any_lane)->done(false);
  outbox.drop(0);
  const auto notice = outbox.next(Clock::now(), later, any_lane);
  REQUIRE(notice);
  CHECK(push_of(*notice).kind == PushMessage::Kind::lost);
  CHECK(notice->message.routing_key == "all");
  CHECK_FALSE(outbox.next(Clock::now(), later, any_lane));
  notice->done(true);
  CHECK(outbox.empty(0));
}

TEST_CASE("Who waited in vain for room does not wait again until there is some") {
  PushOutbox outbox;
  auto later = Clock::now();
  outbox.add({}, std::string(40 << 20, 'x'));
  const auto sent = outbox.next(Clock::now(), later, any_lane);
  CHECK_FALSE(outbox.wait_for_room(10ms));
  const auto begun = Clock::now();
  CHECK_FALSE(outbox.wait_for_room(1min));
  CHECK(Clock::now() < begun + 30s);
  sent->done(true);
  CHECK(outbox.wait_for_room(1min));
}

TEST_CASE("A task that the broker did not take is sent again") {
  TaskOutbox outbox(1);
  auto later = Clock::now() + 1h;
  int confirmed = 0;
  Message task;
  task.body = std::make_shared<const std::string>("task");
  REQUIRE(outbox.add(
      task, [&] { ++confirmed; }, true));
  CHECK_FALSE(outbox.add(task, {}, true));
  outbox.next(Clock::now(), later, any_lane)->done(false);
  CHECK_FALSE(outbox.empty(0));
  CHECK_FALSE(outbox.next(Clock::now(), later, any_lane));  // not at once
  const auto again = outbox.next(Clock::now() + 1min, later, any_lane);
  REQUIRE(again);
  again->done(true);
  CHECK(confirmed == 1);
  CHECK(outbox.empty(0));
  CHECK(outbox.add(task, {}, true));
}
