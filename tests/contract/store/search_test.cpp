#include <algorithm>
#include <limits>

#include "batches.hpp"

namespace netherlink::store::testing {
namespace {

using Index = im::SearchIndex;
using Ids = std::vector<im::MessageId>;

constexpr im::UserId ada = 5'000'000'000'000'001, bob = 5'000'000'000'000'002;
const std::string chat = im::ConversationId::single(ada, bob).text;
constexpr auto all_of_them = std::numeric_limits<im::MessageId>::max();

im::Message say(Owner& owner, const std::string& conversation, const std::string& text) {
  static int number = 0;
  auto message = owner.message(ada, "m" + std::to_string(++number), text);
  return owner.append(owner.conversation(conversation, {std::move(message)})).messages.front();
}

Index::Progress progress_of(Index& index, std::size_t partition) {
  for (const auto& progress : must(index.progress())) {
    if (progress.partition == partition) return progress;
  }
  return {.partition = partition};
}

/// Everything of one partition, each word as it stands between blanks.
void index_all(Index& index, std::size_t partition) {
  const auto before = progress_of(index, partition);
  std::vector<Index::Entry> entries;
  for (const auto& text : must(index.texts(before.shard, before.indexed, before.written, 10'000))) {
    for (std::size_t begin = 0; begin < text.content.size();) {
      const auto end = std::min(text.content.find(' ', begin), text.content.size());
      entries.push_back({text.conversation, text.content.substr(begin, end - begin), text.id});
      begin = end + 1;
    }
  }
  REQUIRE(must(index.add(std::span(&before, 1), std::span(&before.written, 1), entries)));
}

TEMPLATE_LIST_TEST_CASE("messages are found by their words", "[search]", Engines) {
  TestType database;
  Owner owner(database->messages(), 0);
  auto& index = database->search();
  const auto first = say(owner, chat, "alpha beta"), second = say(owner, chat, "beta gamma"),
             third = say(owner, chat, "betamax 今日"), elsewhere = say(owner, "group_7", "beta");
  CHECK(must(index.postings(chat, {"beta", false}, all_of_them, 10)).ids.empty());
  index_all(index, 0);

  const auto found = [&](const im::SearchTerm& term, im::MessageId before = all_of_them, std::size_t limit = 10) {
    return must(index.postings(chat, term, before, limit));
  };
  CHECK(found({"beta", false}).ids == Ids{second.id, first.id});
  CHECK(found({"beta", false}).complete);
  CHECK(found({"beta", false}, all_of_them, 1).ids == Ids{second.id});
  CHECK_FALSE(found({"beta", false}, all_of_them, 1).complete);
  CHECK(found({"beta", false}, second.id).ids == Ids{first.id});
  CHECK(found({"beta", true}).ids == Ids{third.id, second.id, first.id});
  CHECK(found({"b", true}, third.id).ids == Ids{second.id, first.id});
  CHECK(found({"beta", true}, all_of_them, 3).complete);
  CHECK_FALSE(found({"beta", true}, all_of_them, 2).complete);
  CHECK(found({"今", true}).ids == Ids{third.id});
  CHECK(found({"今日", false}).ids == Ids{third.id});
  CHECK(found({"'; DROP TABLE messages; --", true}).ids.empty());
  CHECK(must(index.postings("group_7", {"beta", false}, all_of_them, 10)).ids == Ids{elsewhere.id});
  CHECK(must(index.postings("group_8", {"beta", false}, all_of_them, 10)).ids.empty());

  const Ids candidates{first.id, second.id, third.id, elsewhere.id};
  CHECK(must(index.having(chat, {"beta", false}, candidates)) == Ids{second.id, first.id});
  CHECK(must(index.having(chat, {"gamma", false}, candidates)) == Ids{second.id});
  CHECK(must(index.having(chat, {"gamma", false}, Ids())).empty());
}

TEMPLATE_LIST_TEST_CASE("of many conversations those are known that have a word", "[search]", Engines) {
  TestType database;
  Owner owner(database->messages(), 0);
  auto& index = database->search();
  std::vector<std::string> names;
  std::vector<Conversation> said;
  Ids newest, newest_but_one;
  constexpr int count = 450;  // more than one statement asks for
  for (int i = 0; i < count; ++i) {
    names.push_back("group_" + std::to_string(1000 + i));
    std::vector<im::Message> messages;
    for (const auto* text : {"alpha beta", "alpha", i % 2 == 0 ? "gamma" : "delta"}) {
      messages.push_back(owner.message(ada, "m" + std::to_string(messages.size()), text));
    }
    newest_but_one.push_back(messages[0].id);
    newest.push_back(messages[1].id);
    said.push_back(owner.conversation(names.back(), std::move(messages)));
  }
  auto batch = owner.batch(std::move(said));
  REQUIRE(must(database->messages().append(batch)) == im::MessageStore::Append::committed);
  names.emplace_back("group_0");
  newest.push_back(0);
  newest_but_one.push_back(0);
  index_all(index, 0);
  CHECK(must(index.newest(names, {"alpha", false}, all_of_them)) == newest);
  CHECK(must(index.newest(names, {"beta", false}, all_of_them)) == newest_but_one);
  const auto one = std::span(names).first(1);
  CHECK(must(index.newest(one, {"alpha", false}, newest.front())) == Ids{newest_but_one.front()});
  CHECK(must(index.newest(one, {"alpha", false}, newest_but_one.front())) == Ids{0});
  CHECK(must(index.newest({}, {"alpha", false}, all_of_them)).empty());
  const auto gammas = must(index.newest(names, {"gam", true}, all_of_them));
  for (std::size_t i = 0; i < gammas.size(); ++i) CHECK((gammas[i] != 0) == (i % 2 == 0 && i < std::size_t{count}));
}

TEMPLATE_LIST_TEST_CASE("the words that begin alike are told apart", "[search]", Engines) {
  TestType database;
  Owner owner(database->messages(), 0);
  auto& index = database->search();
  using Words = std::vector<std::string>;
  for (int i = 0; i < 3; ++i) say(owner, chat, "beta betamax betb be 今日 今は");
  say(owner, "group_7", "bet");
  index_all(index, 0);
  CHECK(must(index.words(chat, "bet", 10)) == Words{"beta", "betamax", "betb"});
  CHECK(must(index.words(chat, "b", 10)) == Words{"be", "beta", "betamax", "betb"});
  CHECK(must(index.words(chat, "b", 2)) == Words{"be", "beta"});
  CHECK(must(index.words(chat, "今", 10)) == Words{"今は", "今日"});
  CHECK(must(index.words(chat, "c", 10)).empty());
  CHECK(must(index.words("group_8", "b", 10)).empty());
}

TEMPLATE_LIST_TEST_CASE("progress is of each partition", "[search]", Engines) {
  TestType database;
  auto& index = database->search();
  Owner owner(database->messages(), 3), other(database->messages(), 4);
  const auto message = say(owner, chat, "alpha");
  const auto before = progress_of(index, 3);
  CHECK(before.indexed == 0);
  CHECK(before.written == message.id);
  CHECK(progress_of(index, 4).written == 0);
  index_all(index, 3);
  CHECK(progress_of(index, 3).indexed == message.id);
  CHECK(progress_of(index, 4).indexed == 0);
  database.reopen();
  CHECK(progress_of(database->search(), 3).indexed == message.id);
}

TEMPLATE_LIST_TEST_CASE("of two who bring the same partition on, one does", "[search]", Engines) {
  TestType database;
  auto& index = database->search();
  Owner owner(database->messages(), 0), other(database->messages(), 1);
  const auto message = say(owner, chat, "alpha");
  const auto theirs = say(other, "group_9", "omega");
  const auto key = must(index.texts(0, 0, message.id, 1)).front().conversation;
  const std::vector<Index::Progress> before{progress_of(index, 1), progress_of(index, 0)};
  const Ids after{theirs.id, message.id};
  const std::vector<Index::Entry> entries{{key, "alpha", message.id}};
  CHECK(must(index.add(before, after, entries)));
  // The same again from where it was: nothing is written, not even for the partition that was not overtaken.
  const auto later = say(other, "group_9", "psi");
  const std::vector<Index::Progress> mixed{progress_of(index, 1), before[1]};
  const std::vector<Index::Entry> late{{key, "late", message.id}};
  CHECK_FALSE(must(index.add(mixed, Ids{later.id, message.id}, late)));
  CHECK(must(index.postings(chat, {"late", false}, all_of_them, 10)).ids.empty());
  CHECK(progress_of(index, 1).indexed == theirs.id);
  // Words that are there already do no harm.
  const auto now = progress_of(index, 1);
  CHECK(must(index.add(std::span(&now, 1), std::span(&later.id, 1), entries)));
  CHECK(must(index.postings(chat, {"alpha", false}, all_of_them, 10)).ids == Ids{message.id});
}

TEMPLATE_LIST_TEST_CASE("only texts that are there have words", "[search]", Engines) {
  TestType database;
  Owner owner(database->messages(), 0);
  auto& index = database->search();
  const auto text = say(owner, chat, "it's \"quoted\" \\ alpha");
  auto image = owner.message(ada, "image", "beta");
  image.kind = im::MessageKind::image;
  image = owner.append(owner.conversation(chat, {image})).messages.front();
  auto gone = say(owner, chat, "gone");
  auto target = owner.conversation(chat, {});
  gone.content.clear();
  gone.status = im::MessageStatus::recalled;
  gone.revision = target.changes.revision = 1;
  target.changes.messages = {gone};
  target.changes.applied = {{77, 1}};
  owner.append(std::move(target));

  const auto texts = must(index.texts(0, 0, all_of_them, 10));
  REQUIRE(texts.size() == 3);
  CHECK(texts[0].content == text.content);
  CHECK(texts[1].content.empty());
  CHECK(texts[2].content.empty());
  CHECK(must(index.texts(0, text.id, gone.id - 1, 10)).size() == 1);
  CHECK(must(index.texts(0, 0, all_of_them, 2)).back().id == image.id);
}

TEMPLATE_LIST_TEST_CASE("an edit adds its words in its own transaction", "[search]", Engines) {
  TestType database;
  Owner owner(database->messages(), 0);
  auto& index = database->search();
  auto message = say(owner, chat, "alpha");
  index_all(index, 0);
  auto target = owner.conversation(chat, {});
  message.content = "alpha omega";
  message.status = im::MessageStatus::edited;
  message.revision = target.changes.revision = 1;
  target.changes.messages = {message};
  target.changes.applied = {{77, 1}};
  target.changes.words = {{message.id, {"alpha", "omega"}}};
  owner.append(std::move(target));
  CHECK(must(index.postings(chat, {"omega", false}, all_of_them, 10)).ids == Ids{message.id});
  CHECK(must(index.postings(chat, {"alpha", true}, all_of_them, 10)).ids == Ids{message.id});
}

}  // namespace
}  // namespace netherlink::store::testing
