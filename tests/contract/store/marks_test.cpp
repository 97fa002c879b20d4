#include <algorithm>

#include "batches.hpp"

namespace netherlink::store::testing {
namespace {

constexpr im::UserId ada = 5'000'000'000'000'001, bob = 5'000'000'000'000'002;
const std::string chat = im::ConversationId::single(ada, bob).text;

im::Marks marks_of(auto& database, im::UserId user, const std::string& conversation = chat) {
  return must(database->messages().marks(user, std::vector<std::string>{conversation})).front();
}

/// A conversation with five messages of ada.
Owner with_five_messages(im::MessageStore& store) {
  Owner owner(store, 0);
  std::vector<im::Message> messages;
  for (int i = 1; i <= 5; ++i) messages.push_back(owner.message(ada, std::to_string(i)));
  owner.append(owner.conversation(chat, std::move(messages)));
  return owner;
}

Conversation::Mark mark(Owner& owner, im::UserId user, im::Marks wanted) {
  return owner.append(owner.conversation(chat, {}, {{.user_id = user, .marks = wanted}})).marks.front();
}

TEMPLATE_LIST_TEST_CASE("one's own message counts as read and delivered", "[marks]", Engines) {
  TestType database;
  auto owner = with_five_messages(database->messages());
  CHECK(marks_of(database, ada) == im::Marks{5, 5});
  CHECK(marks_of(database, bob) == im::Marks{0, 0});
  owner.append(owner.conversation(chat, {owner.message(bob, "6"), owner.message(ada, "7"), owner.message(bob, "8")}));
  CHECK(marks_of(database, ada) == im::Marks{7, 7});
  CHECK(marks_of(database, bob) == im::Marks{8, 8});
  // A duplicate is not a new message.
  owner.append(owner.conversation(chat, {owner.message(ada, "7")}));
  CHECK(marks_of(database, ada) == im::Marks{7, 7});
}

TEMPLATE_LIST_TEST_CASE("marks are clamped at the end and never go back", "[marks]", Engines) {
  TestType database;
  auto owner = with_five_messages(database->messages());

  auto delivered = mark(owner, bob, {0, 3});
  CHECK(delivered.marks == im::Marks{0, 3});
  CHECK(delivered.changed);
  auto read = mark(owner, bob, {2, 0});
  CHECK(read.marks == im::Marks{2, 3});
  CHECK(read.changed);
  auto lower = mark(owner, bob, {1, 1});
  CHECK(lower.marks == im::Marks{2, 3});
  CHECK_FALSE(lower.changed);
  auto same = mark(owner, bob, {2, 3});
  CHECK_FALSE(same.changed);
  auto beyond = mark(owner, bob, {1'000'000, 0});
  CHECK(beyond.marks == im::Marks{5, 5});
  CHECK(beyond.changed);
  CHECK_FALSE(mark(owner, bob, {6, 6}).changed);
  auto negative = mark(owner, bob, {-1, -1});
  CHECK(negative.marks == im::Marks{5, 5});
  CHECK(marks_of(database, bob) == im::Marks{5, 5});
  database.reopen();
  CHECK(marks_of(database, bob) == im::Marks{5, 5});
}

TEMPLATE_LIST_TEST_CASE("marks and messages of one batch", "[marks]", Engines) {
  TestType database;
  auto owner = with_five_messages(database->messages());
  auto mixed = owner.append(owner.conversation(chat, {owner.message(ada, "6"), owner.message(bob, "7")},
                                               {{.user_id = bob, .marks = {4, 0}},
                                                {.user_id = ada, .marks = {6, 6}},
                                                {.user_id = 9, .marks = {0, 7}},
                                                {.user_id = 9, .marks = {3, 0}}}));
  CHECK(mixed.head.last_seq == 7);
  CHECK(mixed.marks[0].marks == im::Marks{7, 7});  // of bob's own message
  CHECK(mixed.marks[1].marks == im::Marks{6, 6});
  CHECK(mixed.marks[2].changed);
  CHECK(mixed.marks[3].changed);
  CHECK(mixed.marks[3].marks == im::Marks{3, 7});
  CHECK(marks_of(database, bob) == im::Marks{7, 7});
  CHECK(marks_of(database, ada) == im::Marks{6, 6});
  CHECK(marks_of(database, 9) == im::Marks{3, 7});
}

TEMPLATE_LIST_TEST_CASE("a mark in a conversation without messages stays at zero", "[marks]", Engines) {
  TestType database;
  Owner owner(database->messages(), 0);
  auto empty = owner.append(owner.conversation("world", {}, {{.user_id = bob, .marks = {3, 3}}}));
  CHECK(empty.marks[0].marks == im::Marks{0, 0});
  CHECK_FALSE(empty.marks[0].changed);
  CHECK(empty.head.last_seq == 0);
  CHECK(marks_of(database, bob, "world") == im::Marks{0, 0});
}

TEMPLATE_LIST_TEST_CASE("marks of many conversations come in the order asked", "[marks]", Engines) {
  TestType database;
  Owner owner(database->messages(), 0);
  std::vector<std::string> ids;
  for (int c = 1; c <= 20; ++c) {
    ids.push_back("group_" + std::to_string(c));
    std::vector<im::Message> messages;
    for (int m = 0; m < c; ++m) messages.push_back(owner.message(ada, std::to_string(m)));
    owner.append(owner.conversation(ids.back(), std::move(messages)));
  }
  ids.insert(ids.begin() + 3, "group_unknown");
  std::ranges::reverse(ids);
  const auto marks = must(database->messages().marks(ada, ids));
  const auto heads = must(database->messages().heads(ids));
  REQUIRE(marks.size() == 21);
  REQUIRE(heads.size() == 21);
  CHECK(marks[0] == im::Marks{20, 20});
  CHECK(heads[0].last_seq == 20);
  CHECK(marks[17] == im::Marks{0, 0});
  CHECK(heads[17].last_seq == 0);
  CHECK(marks[20] == im::Marks{1, 1});
  CHECK(must(database->messages().marks(ada, {})).empty());
  CHECK(must(database->messages().heads({})).empty());
}

}  // namespace
}  // namespace netherlink::store::testing
