#include <algorithm>

#include "batches.hpp"

namespace netherlink::store::testing {
namespace {

using Append = im::MessageStore::Append;

constexpr im::UserId ada = 5'000'000'000'000'001, bob = 5'000'000'000'000'002;
const std::string chat = im::ConversationId::single(ada, bob).text;

TEMPLATE_LIST_TEST_CASE("messages get the next seq and move the head", "[messages]", Engines) {
  TestType database;
  auto& store = database->messages();
  Owner owner(store, 3);
  auto first = owner.append(owner.conversation(chat, {owner.message(ada, "a"), owner.message(bob, "b")}));
  CHECK(seqs(first.messages) == std::vector<im::Seq>{1, 2});
  CHECK(first.duplicate == std::vector<bool>{false, false});
  CHECK(first.head.last_seq == 2);
  CHECK(first.head.revision == 0);
  CHECK(first.head.updated_at == first.messages[1].sent_at);

  auto second = owner.append(owner.conversation(chat, {owner.message(ada, "c")}));
  CHECK(seqs(second.messages) == std::vector<im::Seq>{3});
  const auto heads = must(store.heads(std::vector<std::string>{"world", chat}));
  CHECK(heads[0].last_seq == 0);
  CHECK(heads[0].updated_at == 0);
  CHECK(heads[1].last_seq == 3);
  CHECK(heads[1].updated_at == second.messages[0].sent_at);
}

TEMPLATE_LIST_TEST_CASE("a message comes back byte by byte as it was", "[messages]", Engines) {
  TestType database;
  auto& store = database->messages();
  Owner owner(store, 0);
  auto sent = owner.message(ada, "!\"#$%&'()*+,-./0123456789:;<=>?@AZ[\\]^_`az{|}~");
  sent.kind = im::MessageKind::encrypted;
  sent.content =
      std::string("a\0b\0", 4) + "\U0001F469\u200D\U0001F680 e\u0301 \xF0\x9F\x98\x80 ' \" ; -- \n\r\t\x7f \uFFFF";
  sent.extra = R"({"k":"\u0000","n":1.0})" + std::string(1, '\0');
  sent.reply_to = (std::int64_t{1} << 62) + 1;
  sent.mentions = {ada, bob, std::int64_t{1} << 62};
  sent.status = im::MessageStatus::edited;
  sent.revision = 7;
  sent.edited_at = 1'800'000'000'123;
  sent.signature = {(std::int64_t{1} << 62) + 5, 1'800'000'000'100, std::string(43, 'k'), std::string(86, '/')};
  const auto stored = owner.append(owner.conversation(chat, {sent})).messages.front();

  const auto found = must(store.find(sent.id));
  REQUIRE(found);
  for (const auto& message : {stored, *found, must(store.range(chat, 1, 1, 10, false)).at(0)}) {
    CHECK(message.id == sent.id);
    CHECK(message.conversation_id == chat);
    CHECK(message.seq == 1);
    CHECK(message.revision == 7);
    CHECK(message.sender_id == ada);
    CHECK(message.client_msg_id == sent.client_msg_id);
    CHECK(message.kind == sent.kind);
    CHECK(message.status == sent.status);
    CHECK(message.content == sent.content);
    CHECK(message.extra == sent.extra);
    CHECK(message.reply_to == sent.reply_to);
    CHECK(message.mentions == sent.mentions);
    CHECK(message.sent_at == sent.sent_at);
    CHECK(message.edited_at == sent.edited_at);
    CHECK(message.signature == sent.signature);
  }
  CHECK_FALSE(must(store.find(sent.id + 1)));
}

TEMPLATE_LIST_TEST_CASE("every kind and every status keeps its meaning", "[messages]", Engines) {
  TestType database;
  Owner owner(database->messages(), 0);
  std::vector<im::Message> sent;
  for (int i = 0; i < 7; ++i) {
    sent.push_back(owner.message(ada, std::to_string(i)));
    sent.back().kind = static_cast<im::MessageKind>(i);
    sent.back().status = static_cast<im::MessageStatus>(i % 4);
  }
  owner.append(owner.conversation(chat, sent));
  const auto found = must(database->messages().range(chat, 1, 7, 7, false));
  for (std::size_t i = 0; i < 7; ++i) {
    CHECK(found.at(i).kind == sent[i].kind);
    CHECK(found.at(i).status == sent[i].status);
  }
}

TEMPLATE_LIST_TEST_CASE("a message sent again is answered with the stored one", "[messages]", Engines) {
  TestType database;
  auto& store = database->messages();
  Owner owner(store, 0);
  const auto original = owner.append(owner.conversation(chat, {owner.message(ada, "x", "first")})).messages.front();

  SECTION("across batches, in the middle, without a hole") {
    auto again = owner.append(
        owner.conversation(chat, {owner.message(ada, "y"), owner.message(ada, "x", "other"), owner.message(ada, "z")}));
    CHECK(again.duplicate == std::vector<bool>{false, true, false});
    CHECK(seqs(again.messages) == std::vector<im::Seq>{2, 1, 3});
    CHECK(again.messages[1].id == original.id);
    CHECK(again.messages[1].sent_at == original.sent_at);
    CHECK(again.head.last_seq == 3);
    CHECK(must(store.find(original.id))->content == "first");
  }
  SECTION("twice within a batch") {
    auto again = owner.append(
        owner.conversation(chat, {owner.message(ada, "y"), owner.message(ada, "y"), owner.message(ada, "x")}));
    CHECK(again.duplicate == std::vector<bool>{false, true, true});
    CHECK(seqs(again.messages) == std::vector<im::Seq>{2, 2, 1});
    CHECK(again.messages[1].id == again.messages[0].id);
    CHECK(again.head.last_seq == 2);
  }
  SECTION("alone: the head stays") {
    auto again = owner.append(owner.conversation(chat, {owner.message(ada, "x")}));
    CHECK(again.duplicate == std::vector<bool>{true});
    CHECK(again.head.last_seq == 1);
    CHECK(again.head.updated_at == original.sent_at);
  }
  SECTION("after reopening") {
    database.reopen();
    Owner next(database->messages(), 0);
    auto again = next.append(next.conversation(chat, {next.message(ada, "x")}));
    CHECK(again.duplicate == std::vector<bool>{true});
    CHECK(again.messages[0].id == original.id);
  }
  SECTION("another sender, another spelling, another conversation: another message") {
    auto others = owner.append(owner.conversation(chat, {owner.message(bob, "x"), owner.message(ada, "X")}));
    CHECK(others.duplicate == std::vector<bool>{false, false});
    auto elsewhere = owner.append(owner.conversation("world", {owner.message(ada, "x")}));
    CHECK(elsewhere.duplicate == std::vector<bool>{false});
    CHECK(elsewhere.messages[0].seq == 1);
  }
}

TEMPLATE_LIST_TEST_CASE("an older owner cannot write", "[messages]", Engines) {
  TestType database;
  auto& store = database->messages();
  Owner old(store, 7);
  old.append(old.conversation(chat, {old.message(ada, "1")}));
  Owner next(store, 7);
  CHECK(next.lease().epoch == old.lease().epoch + 1);
  CHECK(next.lease().last_id == old.lease().last_id);

  auto late = old.batch({old.conversation(chat, {old.message(ada, "2")}, {{.user_id = bob, .marks = {1, 1}}})});
  CHECK(must(store.append(late)) == Append::fenced);
  CHECK(must(store.heads(std::vector<std::string>{chat}))[0].last_seq == 1);
  CHECK(must(store.marks(bob, std::vector<std::string>{chat}))[0] == im::Marks{0, 0});
  CHECK(must(store.range(chat, 1, 9, 9, false)).size() == 1);

  // Of several partitions one is enough.
  Owner other(store, 8);
  auto mixed = other.batch({other.conversation("world", {other.message(ada, "w")})});
  mixed.leases.push_back(old.lease());
  CHECK(must(store.append(mixed)) == Append::fenced);
  CHECK(must(store.heads(std::vector<std::string>{"world"}))[0].last_seq == 0);

  next.append(next.conversation(chat, {next.message(ada, "2")}));
  auto never_acquired = next.batch({});
  never_acquired.leases = {{.partition = 99, .epoch = 1, .last_id = 1}};
  CHECK(must(store.append(never_acquired)) == Append::fenced);
}

TEMPLATE_LIST_TEST_CASE("the high-water mark of the ids survives", "[messages]", Engines) {
  TestType database;
  std::int64_t epoch = 0;
  im::MessageId last_id = 0;
  {
    Owner owner(database->messages(), 1);
    CHECK(owner.lease().epoch == 1);
    CHECK(owner.lease().last_id == 0);
    for (int i = 0; i < 5; ++i) owner.message(ada, "minted and not stored");
    owner.append(owner.conversation(chat, {owner.message(ada, "1")}));
    epoch = owner.lease().epoch;
    last_id = owner.lease().last_id;
  }
  database.reopen();
  const auto lease = must(database->messages().acquire(1));
  CHECK(lease.partition == 1);
  CHECK(lease.epoch == epoch + 1);
  CHECK(lease.last_id == last_id);
}

TEMPLATE_LIST_TEST_CASE("a stale head is an error and writes nothing", "[messages]", Engines) {
  TestType database;
  auto& store = database->messages();
  Owner owner(store, 0);
  owner.append(owner.conversation(chat, {owner.message(ada, "1"), owner.message(ada, "2")}));
  for (const im::Seq believed : {0, 1, 5}) {
    auto stale = owner.conversation(chat, {owner.message(ada, "new")});
    stale.head.last_seq = believed;
    const auto before = stale.messages.front();
    auto batch = owner.batch({owner.conversation("world", {owner.message(ada, "w")}), stale});
    const auto appended = store.append(batch);
    REQUIRE_FALSE(appended.has_value());
    CHECK(appended.error().is(errors::server_unavailable));
    CHECK(batch.conversations[1].messages[0].id == before.id);
  }
  const auto heads = must(store.heads(std::vector<std::string>{chat, "world"}));
  CHECK(heads[0].last_seq == 2);
  CHECK(heads[1].last_seq == 0);
  CHECK(seqs(owner.append(owner.conversation(chat, {owner.message(ada, "3")})).messages) == std::vector<im::Seq>{3});
}

TEMPLATE_LIST_TEST_CASE("a big batch", "[messages]", Engines) {
  TestType database;
  auto& store = database->messages();
  Owner owner(store, 0);
  for (int round = 0; round < 2; ++round) {
    std::vector<Conversation> conversations;
    for (int c = 0; c < 500; ++c) {
      std::vector<im::Message> messages;
      for (int m = 0; m < 8; ++m) {
        // Of each conversation's messages one is of the round before.
        const auto number = m == 3 && round == 1 ? 3 : round * 100 + m;
        messages.push_back(owner.message(m % 2 ? ada : bob, "m" + std::to_string(number)));
      }
      conversations.push_back(owner.conversation("group_" + std::to_string(c + 1), std::move(messages)));
    }
    auto batch = owner.batch(std::move(conversations));
    REQUIRE(must(store.append(batch)) == Append::committed);
    for (const auto& conversation : batch.conversations) {
      REQUIRE(conversation.head.last_seq == (round == 0 ? 8 : 15));
      REQUIRE(std::ranges::count(conversation.duplicate, true) == round);
    }
  }
  database.reopen();
  for (const int c : {1, 250, 500}) {
    const auto all = must(database->messages().range("group_" + std::to_string(c), 1, 100, 100, false));
    REQUIRE(all.size() == 15);
    for (std::size_t i = 0; i < all.size(); ++i) CHECK(all[i].seq == static_cast<im::Seq>(i + 1));
  }
}

}  // namespace
}  // namespace netherlink::store::testing
