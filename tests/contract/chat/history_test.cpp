#include "chat_fixture.hpp"

using namespace netherlink;
using namespace netherlink::test;

namespace {

std::vector<core::Seq> seqs(const std::vector<im::Message>& messages) {
  std::vector<core::Seq> all;
  for (const auto& message : messages) all.push_back(message.seq);
  return all;
}

using Seqs = std::vector<core::Seq>;
const im::ConversationId conversation = im::ConversationId::single(1, 2);

void fill(ChatFixture& fixture, int messages) {
  for (int i = 1; i <= messages; ++i) REQUIRE(fixture.send(fixture.text(1, 2, std::to_string(i))));
  fixture.delivery.wait_for(static_cast<std::size_t>(messages), 0);
}

void check_pages(ChatFixture& fixture) {
  auto& chat = *fixture.chat;
  const auto newest = chat.history(2, conversation, {}, {}, 3);
  CHECK(seqs(newest->messages) == Seqs{8, 9, 10});
  CHECK(newest->has_more);
  const auto older = chat.history(2, conversation, 3, {}, 3);
  CHECK(seqs(older->messages) == Seqs{1, 2});
  CHECK_FALSE(older->has_more);
  CHECK(seqs(chat.history(2, conversation, 1, {}, 3)->messages).empty());
  CHECK_FALSE(chat.history(2, conversation, 1, {}, 3)->has_more);
  CHECK(seqs(chat.history(2, conversation, 1000, {}, 2)->messages) == Seqs{9, 10});
  const auto newer = chat.history(2, conversation, {}, 0, 4);
  CHECK(seqs(newer->messages) == Seqs{1, 2, 3, 4});
  CHECK(newer->has_more);
  const auto last = chat.history(2, conversation, {}, 8, 4);
  CHECK(seqs(last->messages) == Seqs{9, 10});
  CHECK_FALSE(last->has_more);
  CHECK(chat.history(2, conversation, {}, 10, 4)->messages.empty());
  CHECK(chat.history(2, conversation, {}, 500, 4)->messages.empty());
}

}  // namespace

TEST_CASE("History pages both ways, from the cache and from the store alike") {
  ChatFixture fixture;
  fill(fixture, 10);
  check_pages(fixture);
  fixture.cache->hot_messages().forget(conversation.text);
  check_pages(fixture);
}

TEST_CASE("Sync brings exactly what was missed and says when there is more") {
  ChatFixture fixture;
  fill(fixture, 10);
  const std::vector<im::SyncRequest> requests{{conversation, 7, {}},
                                              {conversation, 0, {}},
                                              {conversation, 10, {}},
                                              {conversation, 99, {}},
                                              {im::ConversationId::single(2, 3), 0, {}}};
  const auto items = fixture.chat->sync(2, requests, 4);
  REQUIRE(items.has_value());
  REQUIRE(items->size() == 5);
  CHECK(seqs((*items)[0].messages) == Seqs{8, 9, 10});
  CHECK((*items)[0].complete);
  CHECK(seqs((*items)[1].messages) == Seqs{1, 2, 3, 4});
  CHECK_FALSE((*items)[1].complete);
  CHECK((*items)[1].head.last_seq == 10);
  CHECK((*items)[2].complete);
  CHECK((*items)[3].messages.empty());
  CHECK((*items)[3].complete);
  REQUIRE((*items)[4].error);
  CHECK((*items)[4].error->is(errors::resource_not_found));
}

TEST_CASE("A message is found by its id, by those who may see it") {
  ChatFixture fixture;
  fill(fixture, 1);
  const auto id = fixture.delivery.messages()[0].message.id;
  CHECK(fixture.chat->find(2, id)->seq == 1);
  CHECK(fixture.chat->find(3, id).error().is(errors::resource_not_found));
  CHECK(fixture.chat->find(2, id + 1).error().is(errors::resource_not_found));
}

TEST_CASE("The conversation list is ordered, paged and complete") {
  ChatFixture fixture;
  for (core::UserId peer = 2; peer <= 5; ++peer) {
    REQUIRE(fixture.send(fixture.text(1, peer, "a")));
    fixture.delivery.wait_for(static_cast<std::size_t>(peer - 1), 0);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  std::vector<std::string> found;
  std::string cursor;
  do {
    const auto page = fixture.chat->conversations(1, cursor, 2);
    REQUIRE(page.has_value());
    for (const auto& view : page->items) found.push_back(view.id.text);
    cursor = page->next_cursor;
  } while (!cursor.empty());
  REQUIRE(found.size() == 5);
  const auto place = [&](const std::string& id) { return std::find(found.begin(), found.end(), id) - found.begin(); };
  CHECK(place("single_1_5") < place("single_1_4"));
  CHECK(place("single_1_4") < place("single_1_3"));
  CHECK(place("single_1_3") < place("single_1_2"));
  CHECK(place("world") < 5);
  CHECK(fixture.chat->conversations(1, "nonsense", 2).error().is(errors::request_invalid));
}

TEST_CASE("The newest messages are those of all conversations together") {
  ChatFixture fixture;
  std::size_t sent = 0;
  for (const core::UserId peer : {2, 3, 2, 3, 4}) {
    REQUIRE(fixture.send(fixture.text(1, peer, "m" + std::to_string(++sent))));
    fixture.delivery.wait_for(sent, 0);
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  std::vector<std::string> ids;
  const auto newest = fixture.chat->recent_messages(1, 4);
  REQUIRE(newest.has_value());
  for (const auto& message : *newest) ids.push_back(message.client_msg_id);
  CHECK(ids == std::vector<std::string>{"m5", "m4", "m3", "m2"});
}
