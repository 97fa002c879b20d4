#include "bus/rabbitmq/batch_format.hpp"

#include "support/catch.hpp"

using namespace netherlink::bus::rabbitmq;

TEST_CASE("A batch is split into what was put into it") {
  std::string body;
  begin_batch(body);
  append_to_batch(body, "one", 1);
  append_to_batch(body, "", 2);
  append_to_batch(body, std::string(70'000, 'x'), 300);
  const auto items = split_batch(body);
  REQUIRE(items);
  REQUIRE(items->size() == 3);
  CHECK(*(*items)[0].payload == "one");
  CHECK((*items)[1].payload->empty());
  CHECK((*items)[1].weight == 2);
  CHECK((*items)[2].payload->size() == 70'000);
  CHECK((*items)[2].weight == 300);
}

TEST_CASE("A batch that is cut off or not ours is refused") {
  std::string body;
  begin_batch(body);
  append_to_batch(body, "payload", 1);
  for (std::size_t size = 2; size < body.size(); ++size) CHECK_FALSE(split_batch(body.substr(0, size)));
  CHECK_FALSE(split_batch(""));
  CHECK_FALSE(split_batch("\x02"));
  body[4] = '\x7F';  // a length beyond the end
  CHECK_FALSE(split_batch(body));
}

TEST_CASE("A push message survives its way") {
  const auto body = encode_push({PushMessage::Kind::presence, 0xFEDCBA9876543210U, 7, "payload"});
  const auto message = decode_push(body);
  REQUIRE(message);
  CHECK(message->kind == PushMessage::Kind::presence);
  CHECK(message->stream == 0xFEDCBA9876543210U);
  CHECK(message->number == 7);
  CHECK(message->payload == "payload");
  CHECK_FALSE(decode_push(body.substr(0, 17)));
  CHECK_FALSE(decode_push("\x01\x09" + body.substr(2)));
  CHECK_FALSE(decode_push("\x02" + body.substr(1)));
}
