#include "batches.hpp"

namespace netherlink::store::testing {
namespace {

constexpr im::UserId ada = 5'000'000'000'000'001, bob = 5'000'000'000'000'002;
const std::string chat = im::ConversationId::single(ada, bob).text;

TEMPLATE_LIST_TEST_CASE("a range is ascending, from the lower or the upper end", "[messages]", Engines) {
  TestType database;
  auto& store = database->messages();
  Owner owner(store, 0);
  for (int m = 1; m <= 10; ++m) {
    owner.append(owner.conversation(chat, {owner.message(ada, std::to_string(m))}));
    owner.append(owner.conversation("world", {owner.message(ada, std::to_string(m))}));
  }
  using Seqs = std::vector<im::Seq>;
  CHECK(seqs(must(store.range(chat, 3, 6, 100, false))) == Seqs{3, 4, 5, 6});
  CHECK(seqs(must(store.range(chat, 3, 6, 2, false))) == Seqs{3, 4});
  CHECK(seqs(must(store.range(chat, 3, 6, 2, true))) == Seqs{5, 6});
  CHECK(seqs(must(store.range(chat, 3, 6, 100, true))) == Seqs{3, 4, 5, 6});
  CHECK(seqs(must(store.range(chat, 9, 1'000'000, 100, false))) == Seqs{9, 10});
  CHECK(seqs(must(store.range(chat, 0, 1, 100, false))) == Seqs{1});
  CHECK(seqs(must(store.range(chat, -5, INT64_MAX, 1, true))) == Seqs{10});
  CHECK(must(store.range(chat, 7, 3, 100, false)).empty());
  CHECK(must(store.range(chat, 1, 10, 0, false)).empty());
  CHECK(must(store.range(chat, 11, 20, 10, false)).empty());
  CHECK(must(store.range("group_1", 1, 10, 10, false)).empty());
  CHECK(must(store.range(chat, 4, 4, 1, true)).at(0).conversation_id == chat);
}

TEMPLATE_LIST_TEST_CASE("long texts come back whole", "[messages]", Engines) {
  TestType database;
  Owner owner(database->messages(), 0);
  std::vector<im::Message> messages;
  for (int m = 0; m < 20; ++m) {
    messages.push_back(owner.message(ada, std::to_string(m), std::string(8192, static_cast<char>('a' + m))));
    messages.back().extra = std::string(8192, static_cast<char>('A' + m));
  }
  owner.append(owner.conversation(chat, messages));
  const auto found = must(database->messages().range(chat, 1, 20, 20, false));
  for (std::size_t m = 0; m < 20; ++m) {
    CHECK(found.at(m).content == messages[m].content);
    CHECK(found.at(m).extra == messages[m].extra);
  }
}

TEMPLATE_LIST_TEST_CASE("a single conversation has its two members", "[memberships]", Engines) {
  TestType database;
  auto& conversations = database->conversations();
  const auto id = im::ConversationId::single(bob, ada);
  must(conversations.ensure_single(id, 1000));
  must(conversations.ensure_single(id, 2000));
  for (const auto user : {ada, bob}) {
    const auto mine = must(conversations.of_user(user));
    REQUIRE(mine.size() == 1);
    CHECK(mine[0].conversation_id == id.text);
    CHECK(mine[0].joined_at == 1000);
    CHECK(mine[0].joined_seq == 0);
    CHECK_FALSE(mine[0].pinned);
    CHECK_FALSE(mine[0].muted);
    CHECK(must(conversations.find(user, id.text))->joined_at == 1000);
  }
  CHECK(must(conversations.of_user(9)).empty());
  CHECK_FALSE(must(conversations.find(9, id.text)));
  CHECK_FALSE(must(conversations.find(ada, "world")));
  CHECK_FALSE(must(conversations.find(ada, "")));
}

TEMPLATE_LIST_TEST_CASE("joining again changes nothing", "[memberships]", Engines) {
  TestType database;
  auto& conversations = database->conversations();
  must(conversations.join(ada, "world", 41, 1000));
  must(conversations.join(ada, "world", 99, 2000));
  const auto membership = must(conversations.find(ada, "world"));
  REQUIRE(membership);
  CHECK(membership->joined_seq == 41);
  CHECK(membership->joined_at == 1000);
  database.reopen();
  CHECK(must(database->conversations().of_user(ada)).size() == 1);
}

}  // namespace
}  // namespace netherlink::store::testing
