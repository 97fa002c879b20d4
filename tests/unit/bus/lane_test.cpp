#include "bus/rabbitmq/lane.hpp"
#include "support/catch.hpp"

using namespace netherlink;
using namespace netherlink::bus::rabbitmq;
using namespace std::chrono_literals;

namespace {

Outgoing message(std::string body, std::vector<std::string>& log) {
  Outgoing outgoing;
  outgoing.message.body = std::make_shared<const std::string>(std::move(body));
  outgoing.done = [&log, body = outgoing.message.body](bool confirmed) {
    log.push_back(*body + (confirmed ? " confirmed" : " lost"));
  };
  return outgoing;
}

void tell(Finished& finished) {
  for (auto& [outgoing, confirmed] : finished) outgoing.done(confirmed);
  finished.clear();
}

Event answer(Event::Kind kind, std::uint64_t tag, bool multiple = false) {
  Event event;
  event.kind = kind;
  event.tag = tag;
  event.multiple = multiple;
  if (kind == Event::Kind::returned) event.message_id = std::to_string(tag);
  return event;
}

}  // namespace

TEST_CASE("A lane tells each message its end: confirmed, refused or returned") {
  std::vector<std::string> log;
  Finished finished;
  Lane lane;
  for (const auto* body : {"a", "b", "c", "d"}) lane.add(message(body, log));
  lane.settle(answer(Event::Kind::returned, 2), finished);
  lane.settle(answer(Event::Kind::ack, 2, true), finished);
  lane.settle(answer(Event::Kind::nack, 4), finished);
  tell(finished);
  CHECK(log == std::vector<std::string>{"a confirmed", "b lost", "d lost"});
  CHECK_FALSE(lane.empty());
  lane.settle(answer(Event::Kind::ack, 3), finished);
  tell(finished);
  CHECK(lane.empty());
}

TEST_CASE("After a connection ended a lane sends again what was not confirmed, in its order") {
  std::vector<std::string> log;
  Finished finished;
  Lane lane;
  for (const auto* body : {"a", "b", "c"}) lane.add(message(body, log));
  lane.settle(answer(Event::Kind::ack, 2), finished);
  lane.disconnected();
  CHECK(lane.has_to_resend());
  lane.connected();
  CHECK(*lane.next_to_resend()->message.body == "a");
  auto last = lane.next_to_resend();
  CHECK(lane.add(std::move(*last)) == "1");
  CHECK_FALSE(lane.next_to_resend());
}

TEST_CASE("A lane that gave up takes nothing more until the broker says something about it") {
  std::vector<std::string> log;
  Finished finished;
  Lane lane;
  lane.add(message("a", log));
  CHECK(lane.open(2, 100));
  CHECK_FALSE(lane.open(1, 100));
  CHECK_FALSE(lane.late(Clock::now()));
  CHECK(lane.late(Clock::now() + 10s));
  CHECK(lane.give_up(finished, true) == 1);
  tell(finished);
  CHECK(lane.empty());
  CHECK_FALSE(lane.open(2, 100));
  CHECK(lane.stuck_since());
  CHECK(lane.stalled(Clock::now()));
  lane.settle(answer(Event::Kind::ack, 1), finished);
  CHECK(finished.empty());  // it was told already
  CHECK(lane.open(2, 100));
  CHECK_FALSE(lane.stalled(Clock::now()));
  CHECK(log == std::vector<std::string>{"a lost"});
}
