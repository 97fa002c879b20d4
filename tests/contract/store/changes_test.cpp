#include <algorithm>
#include <map>

#include "batches.hpp"

namespace netherlink::store::testing {
namespace {

using Append = im::MessageStore::Append;
using What = im::MessageChanges::MarkChange::What;

constexpr im::UserId ada = 5'000'000'000'000'001, bob = 5'000'000'000'000'002, eve = 5'000'000'000'000'003;
const std::string chat = im::ConversationId::single(ada, bob).text;
const std::string thumb = "\xF0\x9F\x91\x8D", heart = "\xE2\x9D\xA4\xEF\xB8\x8F";

/// A conversation with some messages, and its owner.
struct Talk {
  explicit Talk(im::MessageStore& to, int messages = 3, std::string id = chat)
      : store(to), owner(to, 0), conversation(std::move(id)) {
    for (int i = 1; i <= messages; ++i) {
      const auto name = "m" + std::to_string(i);
      said.push_back(owner.append(owner.conversation(conversation, {owner.message(ada, name, name)})).messages.front());
    }
  }

  /// The next change of said[index], as the owner would work it out.
  im::MessageChanges edit(std::size_t index, const std::string& content) {
    im::MessageChanges changes;
    changes.revision = head().revision + 1;
    auto& message = said[index];
    changes.replaced.push_back({message.id, changes.revision, 1000 + changes.revision, message.content});
    changes.applied.push_back({7'000'000'000'000'000 + changes.revision, changes.revision});
    message.content = content;
    message.status = im::MessageStatus::edited;
    message.edited_at = 1000 + changes.revision;
    message.revision = changes.revision;
    changes.messages = {message};
    return changes;
  }
  im::AppendBatch batch(im::MessageChanges changes) {
    auto target = owner.conversation(conversation, {});
    target.changes = std::move(changes);
    return owner.batch({std::move(target)});
  }
  Append write(im::MessageChanges changes) {
    auto made = batch(std::move(changes));
    return must(store.append(made));
  }
  im::Head head() { return must(store.heads(std::vector{conversation})).front(); }

  im::MessageStore& store;
  Owner owner;
  std::string conversation;
  std::vector<im::Message> said;
};

std::vector<std::int64_t> revisions(const std::vector<im::Message>& messages) {
  std::vector<std::int64_t> all;
  for (const auto& message : messages) all.push_back(message.revision);
  return all;
}

TEMPLATE_LIST_TEST_CASE("a changed message comes back as it is now", "[changes]", Engines) {
  TestType database;
  Talk talk(database->messages());
  auto changes = talk.edit(1, "it's \\ \"new\"\n\U0001F469\u200D\U0001F680");
  auto& message = changes.messages.front();
  message.extra = R"({"k":1})";
  message.mentions = {bob};
  message.reactions = {{thumb, 2, false}, {heart, 1, false}};
  message.deletions = 1;
  auto batch = talk.batch(changes);
  REQUIRE(must(talk.store.append(batch)) == Append::committed);
  CHECK(batch.conversations.front().head.revision == 1);
  CHECK(batch.conversations.front().head.last_seq == 3);
  CHECK(talk.head().revision == 1);
  CHECK(talk.head().last_seq == 3);

  const auto all = must(talk.store.find_all(std::vector{message.id, message.id + 1000}));
  REQUIRE(all.size() == 1);
  for (const auto& stored :
       {all.front(), *must(talk.store.find(message.id)), must(talk.store.range(chat, 2, 2, 1, false)).front()}) {
    CHECK(stored.content == message.content);
    CHECK(stored.extra == message.extra);
    CHECK(stored.mentions == message.mentions);
    CHECK(stored.status == im::MessageStatus::edited);
    CHECK(stored.revision == 1);
    CHECK(stored.edited_at == message.edited_at);
    CHECK(stored.reactions == message.reactions);
    CHECK(stored.deletions == 1);
    CHECK(stored.seq == 2);
    CHECK(stored.sender_id == ada);
    CHECK(stored.sent_at == talk.said[1].sent_at);
  }
  CHECK(must(talk.store.range(chat, 1, 1, 1, false)).front().content == "m1");
  const auto before = must(talk.store.replaced(message.id));
  REQUIRE(before.size() == 1);
  CHECK(before.front().content == "m2");
  CHECK(before.front().revision == 1);
}

TEMPLATE_LIST_TEST_CASE("messages and changes go together in one transaction", "[changes]", Engines) {
  TestType database;
  Talk talk(database->messages());
  auto batch = talk.batch(talk.edit(0, "new"));
  batch.conversations.front().messages = {talk.owner.message(bob, "next")};
  batch.conversations.front().messages.front().conversation_id = chat;
  batch.conversations.front().marks = {{.user_id = eve, .marks = {2, 3}}};
  batch.leases = {talk.owner.lease()};
  REQUIRE(must(talk.store.append(batch)) == Append::committed);
  CHECK(talk.head().last_seq == 4);
  CHECK(talk.head().revision == 1);
  CHECK(must(talk.store.marks(eve, std::vector{chat})).front() == im::Marks{2, 3});
}

TEMPLATE_LIST_TEST_CASE("an older owner, or one who believes in another revision, changes nothing", "[changes]",
                        Engines) {
  TestType database;
  Talk talk(database->messages());
  Talk next(database->messages(), 0);
  auto changes = talk.edit(0, "too late");
  changes.marks = {{What::set, {talk.said[0].id, bob, thumb}}};
  CHECK(talk.write(changes) == Append::fenced);

  next.said = talk.said;
  auto stale = next.batch(changes);
  stale.conversations.front().head.revision = 5;
  const auto refused = talk.store.append(stale);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().is(errors::server_unavailable));
  CHECK(next.head().revision == 0);
  CHECK(must(talk.store.find(talk.said[0].id))->content == "m1");
  CHECK(must(talk.store.personal_marks(std::vector{talk.said[0].id}, {})).empty());
  CHECK(must(talk.store.replaced(talk.said[0].id)).empty());
  CHECK(must(talk.store.applied(chat, std::vector{changes.applied.front().change_id})).empty());
}

TEMPLATE_LIST_TEST_CASE("what changed since a revision, lowest first", "[changes]", Engines) {
  TestType database;
  Talk talk(database->messages(), 6);
  for (const std::size_t index : std::vector<std::size_t>{3, 1, 4, 1, 5})
    talk.write(talk.edit(index, "x" + std::to_string(index)));
  const auto since = [&](std::int64_t revision, im::Seq from, im::Seq to, std::size_t limit) {
    return must(talk.store.changed(chat, revision, from, to, limit));
  };
  using Revisions = std::vector<std::int64_t>;
  CHECK(revisions(since(0, 1, 100, 100)) == Revisions{1, 3, 4, 5});  // 2 was replaced by 4
  CHECK(seqs(since(0, 1, 100, 100)) == std::vector<im::Seq>{4, 5, 2, 6});
  CHECK(revisions(since(1, 1, 100, 100)) == Revisions{3, 4, 5});
  CHECK(revisions(since(0, 1, 100, 2)) == Revisions{1, 3});
  CHECK(revisions(since(0, 1, 4, 100)) == Revisions{1, 4});
  CHECK(revisions(since(0, 3, 100, 100)) == Revisions{1, 3, 5});
  CHECK(since(5, 1, 100, 100).empty());
  CHECK(since(0, 5, 4, 100).empty());
  CHECK(must(talk.store.changed("world", 0, 1, 100, 100)).empty());
}

TEMPLATE_LIST_TEST_CASE("marks of single people are set, cleared and found", "[changes]", Engines) {
  TestType database;
  Talk talk(database->messages());
  const auto first = talk.said[0].id, second = talk.said[1].id;
  auto changes = talk.edit(0, "marked");
  changes.marks = {{What::set, {first, ada, thumb}},   {What::set, {first, bob, thumb}},
                   {What::set, {first, bob, heart}},   {What::set, {first, eve, ""}},
                   {What::set, {second, bob, heart}},  {What::clear, {first, bob, thumb}},
                   {What::set, {second, ada, "plain"}}};
  REQUIRE(talk.write(changes) == Append::committed);
  const auto found = [&](std::optional<im::UserId> user) {
    auto marks = must(talk.store.personal_marks(std::vector{first, second}, user));
    std::ranges::sort(marks, {}, [](const auto& mark) { return std::tie(mark.message_id, mark.user_id, mark.emoji); });
    return marks;
  };
  using Marks = std::vector<im::PersonalMark>;
  CHECK(
      found({}) ==
      Marks{{first, ada, thumb}, {first, bob, heart}, {first, eve, ""}, {second, ada, "plain"}, {second, bob, heart}});
  CHECK(found(bob) == Marks{{first, bob, heart}, {second, bob, heart}});
  CHECK(found(eve) == Marks{{first, eve, ""}});
  CHECK(must(talk.store.personal_marks(std::vector<im::MessageId>(), {})).empty());

  auto recall = talk.edit(0, "");
  recall.marks = {{What::clear_reactions, {first, 0, ""}}};
  REQUIRE(talk.write(recall) == Append::committed);
  CHECK(found({}) == Marks{{first, eve, ""}, {second, ada, "plain"}, {second, bob, heart}});
}

TEMPLATE_LIST_TEST_CASE("a mark for oneself raises no revision", "[changes]", Engines) {
  TestType database;
  Talk talk(database->messages());
  im::MessageChanges changes;
  talk.said[0].deletions = 1;
  changes.messages = {talk.said[0]};
  changes.marks = {{What::set, {talk.said[0].id, bob, ""}}};
  REQUIRE(talk.write(changes) == Append::committed);
  CHECK(talk.head().revision == 0);
  CHECK(must(talk.store.find(talk.said[0].id))->deletions == 1);
  CHECK(must(talk.store.changed(chat, 0, 1, 100, 10)).empty());
}

TEMPLATE_LIST_TEST_CASE("the latest changes are remembered, and no more", "[changes]", Engines) {
  TestType database;
  Talk talk(database->messages());
  constexpr auto most = im::MessageStore::remembered_changes;
  for (std::int64_t written = 0; written < most + 100; written += 100) {
    auto changes = talk.edit(0, "round " + std::to_string(written));
    changes.applied.clear();
    for (std::int64_t i = 1; i <= 100; ++i) changes.applied.push_back({500 + written + i, written + i});
    changes.revision = changes.messages.front().revision = talk.said[0].revision = written + 100;
    REQUIRE(talk.write(changes) == Append::committed);
  }
  const auto known = [&](std::vector<std::int64_t> ids) { return must(talk.store.applied(chat, ids)); };
  CHECK(known({501, 600}).empty());
  CHECK(known({601, 12, 500 + most + 100}).size() == 2);
  CHECK(must(talk.store.applied("world", std::vector<std::int64_t>{601})).empty());
}

TEMPLATE_LIST_TEST_CASE("ten thousand changes, and what is new is found at once", "[changes]", Engines) {
  TestType database;
  Talk talk(database->messages(), 10);
  for (int round = 0; round < 100; ++round) {
    im::MessageChanges changes;
    changes.revision = talk.head().revision;
    for (int i = 0; i < 100; ++i) {
      auto& message = talk.said[static_cast<std::size_t>(i % 10)];
      message.revision = ++changes.revision;
      message.content = "state " + std::to_string(changes.revision);
      changes.applied.push_back({100'000 + changes.revision, changes.revision});
    }
    changes.messages = talk.said;
    REQUIRE(talk.write(changes) == Append::committed);
  }
  CHECK(talk.head().revision == 10'000);
  CHECK(must(talk.store.changed(chat, 0, 1, 100, 200)).size() == 10);
  CHECK(revisions(must(talk.store.changed(chat, 9'998, 1, 100, 200))) == std::vector<std::int64_t>{9'999, 10'000});
}

TEMPLATE_LIST_TEST_CASE("who got a message, and who read it", "[changes]", Engines) {
  TestType database;
  Talk talk(database->messages(), 5, "group_1");
  std::vector<Conversation::Mark> marks;
  for (im::UserId user = 1; user <= 9; ++user) {
    marks.push_back({.user_id = user, .marks = {user > 6 ? 5 : 0, user > 3 ? 5 : 2}});
  }
  talk.owner.append(talk.owner.conversation("group_1", {}, marks));
  const auto page = [&](im::Seq seq, im::UserId after, std::size_t limit) {
    return must(talk.store.receipts("group_1", seq, ada, after, limit));
  };
  const auto all = page(3, 0, 100);
  CHECK(all.delivered_count == 6);
  CHECK(all.read_count == 3);
  REQUIRE(all.people.size() == 6);
  CHECK(all.people.front().user_id == 4);
  CHECK_FALSE(all.people.front().read);
  CHECK(all.people.back().read);
  CHECK(all.next == 0);
  CHECK(page(2, 0, 100).delivered_count == 9);
  const auto first = page(3, 0, 4);
  CHECK(first.delivered_count == 6);
  CHECK(first.people.size() == 4);
  REQUIRE(first.next == 7);
  const auto rest = page(3, first.next, 4);
  CHECK(rest.people.size() == 2);
  CHECK(rest.next == 0);
  CHECK(must(talk.store.receipts("group_2", 1, ada, 0, 10)).delivered_count == 0);
  // Who says something has read what was said before.
  talk.owner.append(talk.owner.conversation("group_1", {talk.owner.message(bob, "by bob")}));
  CHECK(page(3, 0, 100).delivered_count == 7);
  CHECK(page(3, 0, 100).read_count == 4);
  CHECK(page(3, 9, 100).people.back().user_id == bob);
}

TEMPLATE_LIST_TEST_CASE("flags of a membership", "[memberships]", Engines) {
  TestType database;
  auto& conversations = database->conversations();
  must(conversations.join(ada, "world", 1, 1000));
  must(conversations.join(bob, "world", 1, 1000));
  CHECK(must(conversations.set_flags(ada, "world", true, std::nullopt)));
  CHECK(must(conversations.set_flags(ada, "world", std::nullopt, true)));
  CHECK(must(conversations.set_flags(ada, "world", true, std::nullopt)));
  const auto mine = *must(conversations.find(ada, "world"));
  CHECK(mine.pinned);
  CHECK(mine.muted);
  CHECK_FALSE(must(conversations.find(bob, "world"))->pinned);
  CHECK(must(conversations.set_flags(ada, "world", false, false)));
  CHECK_FALSE(must(conversations.find(ada, "world"))->muted);
  CHECK_FALSE(must(conversations.set_flags(eve, "world", true, true)));
}

}  // namespace
}  // namespace netherlink::store::testing
