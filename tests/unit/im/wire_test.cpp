#include "im/wire.hpp"

#include "support/catch.hpp"

using namespace netherlink;
using namespace netherlink::im;

namespace {

Message sample() {
  Message message;
  message.id = 123456789;
  message.conversation_id = "single_1_2";
  message.seq = 9;
  message.revision = 3;
  message.sender_id = 1;
  message.client_msg_id = "c-1";
  message.kind = MessageKind::custom;
  message.status = MessageStatus::edited;
  message.content = "h\xC3\xA9llo";
  message.extra = R"({"x":1})";
  message.reply_to = 77;
  message.mentions = {4, 5};
  message.sent_at = 1'700'000'000'123;
  message.edited_at = 1'700'000'000'456;
  message.reactions = {{"\xF0\x9F\x91\x8D", 2, false}, {"x", 1, true}};
  message.deletions = 4;
  message.signature = {12, 1'700'000'000'100, "key", "signature"};
  return message;
}

PushEnvelope sample_push() {
  PushEnvelope envelope;
  ConversationEvents events;
  events.id = *ConversationId::parse("single_1_2");
  events.messages.push_back({sample(), {42, 7}, "replica-a"});
  events.receipts.push_back({2, {5, 6}, {43, 0}, "a"});
  events.updates.push_back({sample(), {{sample().id, 2, "\xF0\x9F\x91\x8D"}, {sample().id, 3, ""}}});
  events.seq_before = 8;
  events.revision_before = 2;
  events.deletions.push_back({3, sample()});
  envelope.conversations.push_back(events);
  envelope.replies.push_back({{1, 2},
                              "replica-b",
                              "c-2",
                              core::Error(errors::server_unavailable, std::chrono::milliseconds(500)),
                              {},
                              {},
                              {}});
  envelope.replies.push_back({{1, 3}, "replica-b", "c-3", {}, sample(), {}, {}});
  envelope.replies.push_back({{1, 4}, "replica-b", "", {}, {}, MarkResult{"world", {8, 9}, 10}, {}});
  envelope.replies.push_back({{1, 5}, "replica-b", "", {}, {}, {}, sample()});
  PeopleEvent event;
  event.users = {3, 4};
  event.watched = 5;
  event.type = "presence";
  event.data = "{}";
  envelope.events.push_back(event);
  envelope.changed_users = {6, 7};
  envelope.revoked_sessions = {11, 12};
  return envelope;
}

}  // namespace

TEST_CASE("A message survives its encoding") {
  Message read;
  REQUIRE(wire::decode_message(wire::encode_message(sample()), read));
  CHECK(wire::encode_message(read) == wire::encode_message(sample()));
  CHECK(read.extra == sample().extra);
  CHECK(read.mentions == sample().mentions);
  CHECK(read.reactions == sample().reactions);
  CHECK(read.deletions == 4);
  CHECK(read.signature == sample().signature);
}

TEST_CASE("A quote travels with a push, and is not kept with the message") {
  auto message = sample();
  message.quote = Quote{7, MessageKind::image, MessageStatus::edited, "what was said"};
  PushEnvelope sent, read;
  sent.replies.push_back({{1, 2}, "a", "", {}, {}, {}, message});
  REQUIRE(wire::decode_push(wire::encode_push(sent), read));
  CHECK(read.replies.at(0).changed->quote == message.quote);
  Message kept;
  REQUIRE(wire::decode_message(wire::encode_message(message), kept));
  CHECK_FALSE(kept.quote);
}

TEST_CASE("Commands of one payload keep their order") {
  std::string payload;
  wire::begin_commands(payload);
  Command send;
  send.conversation = *ConversationId::parse("single_1_2");
  send.user_id = 1;
  send.origin = {9, 3};
  send.instance = "a";
  send.client_msg_id = "c";
  send.content = std::string("\0\x01", 2);
  Command mark;
  mark.type = Command::Type::mark;
  mark.conversation = ConversationId::world();
  mark.wanted = {4, 5};
  wire::append_command(payload, send);
  wire::append_command(payload, mark);
  Command change;
  change.type = Command::Type::change;
  change.conversation = ConversationId::world();
  change.change = ChangeKind::react;
  change.change_id = 99;
  change.message_id = 1234;
  change.seq = 7;
  change.content = "\xF0\x9F\x91\x8D";
  wire::append_command(payload, change);

  std::vector<Command> read;
  REQUIRE(wire::decode_commands(payload, read));
  REQUIRE(read.size() == 3);
  CHECK(read[0].content == send.content);
  CHECK(read[0].origin.request == 3);
  CHECK(read[1].wanted == mark.wanted);
  CHECK(read[2].change == ChangeKind::react);
  CHECK(read[2].change_id == 99);
  CHECK(read[2].message_id == 1234);
  CHECK(read[2].seq == 7);
  CHECK(read[2].content == change.content);
}

TEST_CASE("A push survives its encoding") {
  const auto bytes = wire::encode_push(sample_push());
  PushEnvelope read;
  REQUIRE(wire::decode_push(bytes, read));
  CHECK(wire::encode_push(read) == bytes);
  CHECK(read.replies[0].error->is(errors::server_unavailable));
  CHECK(read.replies[0].error->retry_after() == std::chrono::milliseconds(500));
  CHECK(read.conversations[0].messages[0].instance == "replica-a");
  CHECK(read.events.at(0).watched == 5);
  CHECK(read.changed_users == std::vector<UserId>{6, 7});
}

TEST_CASE("Cut or damaged payloads are refused, never trusted") {
  const auto bytes = wire::encode_push(sample_push());
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    PushEnvelope read;
    CHECK_FALSE(wire::decode_push(std::string_view(bytes).substr(0, cut), read));
  }
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    auto damaged = bytes;
    damaged[i] = static_cast<char>(0xFF);
    PushEnvelope read;
    (void)wire::decode_push(damaged, read);  // any answer, but no crash and no huge allocation
  }
}

TEST_CASE("Who joined and who left survives the way", "[wire]") {
  PushEnvelope envelope;
  envelope.memberships.push_back({ConversationId::group(5), {1, 2}, {3}, 77});
  PeopleEvent event;
  event.conversation = "group_5";
  event.except_users = {9, 10};
  event.type = "group.updated";
  event.data = "{}";
  envelope.events.push_back(event);
  PushEnvelope back;
  REQUIRE(wire::decode_push(wire::encode_push(envelope), back));
  REQUIRE(back.memberships.size() == 1);
  CHECK(back.memberships[0].id == ConversationId::group(5));
  CHECK(back.memberships[0].joined == std::vector<UserId>{1, 2});
  CHECK(back.memberships[0].left == std::vector<UserId>{3});
  CHECK(back.memberships[0].joined_seq == 77);
  CHECK(back.events[0].conversation == "group_5");
  CHECK(back.events[0].except_users == event.except_users);

  wire::PushSelection selection;
  selection.memberships = {0};
  PushEnvelope chosen;
  REQUIRE(wire::decode_push(wire::encode_push(envelope, selection), chosen));
  CHECK(chosen.memberships.size() == 1);
  CHECK(chosen.events.empty());
}
