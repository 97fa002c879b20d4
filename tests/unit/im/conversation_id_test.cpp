#include <string>

#include "netherlink/im/types.hpp"
#include "support/catch.hpp"

using namespace netherlink::im;

TEST_CASE("A conversation id has one spelling") {
  const auto single = ConversationId::parse("single_7_12");
  REQUIRE(single);
  CHECK(single->kind == ConversationKind::single);
  CHECK(single->peer_of(7) == 12);
  CHECK(single->peer_of(12) == 7);
  CHECK(single->peer_of(8) == 0);
  CHECK(ConversationId::parse("group_5")->first == 5);
  CHECK(ConversationId::parse("room_5")->kind == ConversationKind::room);
  CHECK(ConversationId::parse("world")->kind == ConversationKind::world);

  for (const auto* wrong : {"", "world ", "World", "single_12_7", "single_7_7", "single_7", "single_7_", "single__7",
                            "single_07_12", "single_7_12_13", "single_-7_12", "group_", "group_0", "group_x",
                            "group_9223372036854775808", "room_ 1", "party_1"}) {
    INFO(wrong);
    CHECK_FALSE(ConversationId::parse(wrong));
  }
}

TEST_CASE("A single conversation is the same from both ends") {
  CHECK(ConversationId::single(12, 7).text == "single_7_12");
  CHECK(ConversationId::single(7, 12) == ConversationId::single(12, 7));
}

TEST_CASE("The partition of a conversation never changes") {
  // These numbers place rows: if this fails, existing databases are read wrongly.
  CHECK(partition_of("world", 16) == 3);
  CHECK(partition_of("single_1_2", 16) == 0);
  for (int i = 0; i < 1000; ++i) CHECK(partition_of("single_1_" + std::to_string(i), 7) < 7);
}
