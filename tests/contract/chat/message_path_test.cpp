#include <map>
#include <set>
#include <thread>

#include "chat_fixture.hpp"

using namespace netherlink;
using namespace netherlink::test;

TEST_CASE("A message is stored before anybody hears of it, and numbered from 1") {
  ChatFixture fixture;
  REQUIRE(fixture.send(fixture.text(1, 2, "a")));
  REQUIRE(fixture.send(fixture.text(2, 1, "b", "and you")));
  fixture.delivery.wait_for(2, 0);
  const auto pushed = fixture.delivery.messages();
  CHECK(pushed[0].message.seq == 1);
  CHECK(pushed[1].message.seq == 2);
  CHECK(pushed[0].message.conversation_id == "single_1_2");
  const auto stored = fixture.store->messages().range("single_1_2", 1, 2, 10, false);
  REQUIRE(stored.has_value());
  REQUIRE(stored->size() == 2);
  CHECK((*stored)[1].content == "and you");
  CHECK((*stored)[1].id == pushed[1].message.id);
}

TEST_CASE("Sent again, also after a restart, a message answers its first ids") {
  ChatFixture fixture;
  REQUIRE(fixture.send(fixture.text(1, 2, "a", "first")));
  fixture.delivery.wait_for(1, 0);
  const auto first = fixture.delivery.messages()[0].message;

  REQUIRE(fixture.send(fixture.text(1, 2, "a", "other content")));
  fixture.restart();
  REQUIRE(fixture.send(fixture.text(1, 2, "a")));
  REQUIRE(fixture.send(fixture.text(2, 1, "a", "the other person's a")));
  fixture.delivery.wait_for(2, 2);
  for (const auto& reply : fixture.delivery.replies()) {
    REQUIRE(reply.duplicate);
    CHECK(reply.duplicate->id == first.id);
    CHECK(reply.duplicate->seq == 1);
    CHECK(reply.duplicate->sent_at == first.sent_at);
  }
  const auto pushed = fixture.delivery.messages();
  REQUIRE(pushed.size() == 2);
  CHECK(pushed[1].message.seq == 2);
  CHECK(pushed[1].message.id > first.id);
}

TEST_CASE("Whoever races, every conversation is 1..n and every message is there once") {
  ChatFixture fixture;
  constexpr int per_sender = 300;
  std::vector<std::thread> senders;
  for (core::UserId from = 1; from <= 4; ++from) {
    senders.emplace_back([&, from] {
      const auto batcher = fixture.chat->make_batcher();
      for (int i = 0; i < per_sender; ++i) {
        im::SendRequest request;
        request.sender_id = from;
        request.conversation_id = "world";
        request.client_msg_id = std::to_string(i / 2);  // each twice
        request.kind = "text";
        request.content = std::to_string(from);
        request.origin = {static_cast<std::uint64_t>(from), static_cast<std::uint32_t>(i)};
        auto command = fixture.chat->prepare(std::move(request));
        if (!command || !fixture.chat->authorise_cached(**command)) std::abort();
        batcher->add(std::move(*command));
        if (i % 7 == 0) batcher->flush();
      }
      batcher->flush();
    });
  }
  for (auto& sender : senders) sender.join();
  constexpr std::size_t different = 4 * per_sender / 2;
  fixture.delivery.wait_for(different, different);
  const auto pushed = fixture.delivery.messages();
  REQUIRE(pushed.size() == different);
  std::set<std::pair<core::UserId, std::string>> seen;
  std::map<core::UserId, int> last_of_sender;
  for (std::size_t i = 0; i < pushed.size(); ++i) {
    const auto& message = pushed[i].message;
    CHECK(message.seq == static_cast<core::Seq>(i + 1));
    CHECK(seen.emplace(message.sender_id, message.client_msg_id).second);
    const int number = std::stoi(message.client_msg_id);
    CHECK((last_of_sender.contains(message.sender_id) ? last_of_sender[message.sender_id] : -1) < number);
    last_of_sender[message.sender_id] = number;
  }
}

TEST_CASE("Refusals: strangers, nobody, and groups one is not in") {
  ChatFixture fixture;
  CHECK(fixture.send(fixture.text(1, 999, "a")).error().is(errors::user_not_found));
  auto request = fixture.text(1, 0, "a");
  for (const auto* conversation : {"single_2_3", "group_5", "room_5"}) {
    request.conversation_id = conversation;
    CHECK(fixture.send(request).error().is(errors::chat_not_member));
    CHECK(fixture.mark(1, conversation, 1, true).error().is(errors::chat_not_member));
    CHECK(fixture.chat->history(1, *im::ConversationId::parse(conversation), {}, {}, 10)
              .error()
              .is(errors::resource_not_found));
  }
  CHECK(fixture.mark(1, "single_1_2", 1, true).error().is(errors::chat_not_member));
}

TEST_CASE("Marks rise, are clamped at the end, and tell the others only when something changed") {
  ChatFixture fixture;
  for (const auto* id : {"a", "b", "c"}) REQUIRE(fixture.send(fixture.text(1, 2, id)));
  fixture.delivery.wait_for(3, 0);
  REQUIRE(fixture.mark(2, "single_1_2", 2, false));
  fixture.delivery.wait_for(3, 1);
  REQUIRE(fixture.mark(2, "single_1_2", 99, true));
  fixture.delivery.wait_for(3, 2);
  REQUIRE(fixture.mark(2, "single_1_2", 1, true));
  fixture.delivery.wait_for(3, 3);
  const auto replies = fixture.delivery.replies();
  CHECK(replies[0].marked->marks == im::Marks{0, 2});
  CHECK(replies[1].marked->marks == im::Marks{3, 3});
  CHECK(replies[2].marked->marks == im::Marks{3, 3});
  CHECK(fixture.delivery.receipts().size() == 2);
}

TEST_CASE("Unread counts what others said after one's own mark") {
  ChatFixture fixture;
  REQUIRE(fixture.send(fixture.text(1, 2, "a")));
  REQUIRE(fixture.send(fixture.text(1, 2, "b")));
  fixture.delivery.wait_for(2, 0);
  const auto id = im::ConversationId::single(1, 2);
  CHECK(fixture.chat->conversation(1, id)->unread() == 0);
  CHECK(fixture.chat->conversation(2, id)->unread() == 2);
  CHECK(fixture.chat->conversation(2, id)->name == "user1");
  CHECK(fixture.chat->conversation(2, id)->last_message->client_msg_id == "b");
  CHECK(fixture.chat->conversation(3, id).error().is(errors::resource_not_found));
  REQUIRE(fixture.send(fixture.text(2, 1, "c")));
  fixture.delivery.wait_for(3, 0);
  CHECK(fixture.chat->conversation(2, id)->unread() == 0);
  CHECK(fixture.chat->conversation(1, id)->unread() == 1);
}

TEST_CASE("Whoever joins the world has read what was said before") {
  ChatFixture fixture;
  auto request = fixture.text(1, 0, "a");
  request.conversation_id = "world";
  REQUIRE(fixture.send(request));
  fixture.delivery.wait_for(1, 0);
  const auto newcomer = fixture.chat->conversations(2, "", 10);
  REQUIRE(newcomer.has_value());
  REQUIRE(newcomer->items.size() == 1);
  CHECK(newcomer->items[0].id.text == "world");
  CHECK(newcomer->items[0].unread() == 0);
  CHECK(newcomer->items[0].marks.read_seq == 1);
  request.client_msg_id = "b";
  REQUIRE(fixture.send(request));
  fixture.delivery.wait_for(2, 0);
  CHECK(fixture.chat->conversations(2, "", 10)->items[0].unread() == 1);
  CHECK(fixture.chat->history(2, im::ConversationId::world(), {}, {}, 10)->messages.size() == 2);
}
