// Changes on their way through the partition: what they do, what is refused, and what comes twice.
#include <algorithm>

#include "contract/chat/chat_fixture.hpp"
#include "im/wire.hpp"

namespace netherlink::test {
namespace {

const std::string chat_of_1_and_2 = "single_1_2", thumb = "\xF0\x9F\x91\x8D";

/// A conversation in which 1 said something to 2.
struct Talk : ChatFixture {
  Talk() {
    REQUIRE(send(text(1, 2, "first", "as it was")));
    delivery.wait_for(1, 0);
    id = delivery.messages().front().message.id;
  }

  im::CommandPtr command(im::ChangeKind kind, core::UserId user, const std::string& content = {}) {
    auto made = chat->prepare(im::ChangeRequest{kind, user, {1, 99}, id, content});
    REQUIRE(made);
    REQUIRE(chat->authorise(**made));
    return std::move(*made);
  }
  core::Error refusal(im::ChangeKind kind, core::UserId user, const std::string& content = {}) {
    auto made = chat->prepare(im::ChangeRequest{kind, user, {1, 99}, id, content});
    if (!made) return made.error();
    auto allowed = chat->authorise(**made);
    REQUIRE_FALSE(allowed);
    return allowed.error();
  }
  /// Publishes commands in one payload, and waits for the answers.
  void publish(const std::vector<const im::Command*>& commands) {
    std::string payload;
    im::wire::begin_commands(payload);
    for (const auto* one : commands) im::wire::append_command(payload, *one);
    auto& queue = bus->ingest();
    REQUIRE(queue.publish(im::partition_of(chat_of_1_and_2, queue.partitions()), payload, 1, {}));
    expected_ += commands.size();
    delivery.wait_for(0, expected_);
  }
  im::Message reply() { return *delivery.replies().back().changed; }
  im::Head head() { return (*chat->heads(std::span(&chat_of_1_and_2, 1))).front(); }

  core::MessageId id = 0;

 private:
  std::size_t expected_ = 0;
};

}  // namespace

TEST_CASE("changes: delivered again, they change nothing again", "[changes]") {
  Talk talk;
  const auto first = talk.command(im::ChangeKind::edit, 1, "B"), second = talk.command(im::ChangeKind::edit, 1, "C");
  const auto on = talk.command(im::ChangeKind::react, 2, thumb), off = talk.command(im::ChangeKind::unreact, 2, thumb);
  const std::vector<const im::Command*> all{first.get(), on.get(), second.get(), off.get()};
  talk.publish(all);
  CHECK(talk.head().revision == 4);
  talk.publish(all);
  talk.publish({on.get(), first.get()});
  CHECK(talk.head().revision == 4);
  const auto now = *talk.chat->find(1, talk.id);
  CHECK(now.content == "C");
  CHECK(now.reactions.empty());
  CHECK(now.revision == 4);
  const auto before = *talk.store->messages().replaced(talk.id);
  REQUIRE(before.size() == 2);
  CHECK(before[0].content == "as it was");
  CHECK(before[1].content == "B");
  SECTION("after a restart too") {
    talk.restart();
    talk.publish(all);
    CHECK(talk.head().revision == 4);
    CHECK(talk.chat->find(1, talk.id)->content == "C");
  }
}

TEST_CASE("changes: what changes nothing raises no revision", "[changes]") {
  Talk talk;
  const auto same = talk.command(im::ChangeKind::edit, 1, "as it was"),
             gone = talk.command(im::ChangeKind::unreact, 2, thumb);
  talk.publish({same.get(), gone.get()});
  CHECK(talk.head().revision == 0);
  const auto on = talk.command(im::ChangeKind::react, 2, thumb), again = talk.command(im::ChangeKind::react, 2, thumb);
  talk.publish({on.get(), again.get()});
  CHECK(talk.head().revision == 1);
  CHECK(talk.reply().reactions == std::vector<im::Reaction>{{thumb, 1, true}});
  const auto recall = talk.command(im::ChangeKind::recall, 1), twice = talk.command(im::ChangeKind::recall, 1);
  talk.publish({recall.get(), twice.get()});
  CHECK(talk.head().revision == 2);
}

TEST_CASE("changes: only one's own, and not for ever", "[changes]") {
  Talk talk;
  CHECK(talk.refusal(im::ChangeKind::edit, 2, "mine now").is(errors::chat_forbidden));
  CHECK(talk.refusal(im::ChangeKind::recall, 2).is(errors::chat_forbidden));
  for (const auto kind :
       {im::ChangeKind::edit, im::ChangeKind::recall, im::ChangeKind::react, im::ChangeKind::remove}) {
    CHECK(talk.refusal(kind, 3, "x").is(errors::resource_not_found));
  }
  CHECK(talk.refusal(im::ChangeKind::edit, 1, "").is(errors::request_invalid));
  CHECK(talk.refusal(im::ChangeKind::edit, 1, std::string("a\0b", 3)).is(errors::request_invalid));
  CHECK(talk.refusal(im::ChangeKind::edit, 1, std::string(8193, 'x')).is(errors::chat_too_long));
  CHECK(talk.refusal(im::ChangeKind::react, 1, "a b").is(errors::request_invalid));
  CHECK(talk.refusal(im::ChangeKind::react, 1, std::string(65, 'x')).is(errors::request_invalid));
}

TEST_CASE("changes: a message has so many kinds of reactions, and not one more", "[changes]") {
  Talk talk;
  std::vector<im::CommandPtr> kept;
  std::vector<const im::Command*> all;
  for (int i = 0; i < 21; ++i) {
    kept.push_back(talk.command(im::ChangeKind::react, 2, "kind" + std::to_string(i)));
    all.push_back(kept.back().get());
  }
  talk.publish(all);
  CHECK(talk.delivery.replies().back().error->is(errors::request_invalid));
  CHECK(talk.head().revision == 20);
  const auto one_more_of_it = talk.command(im::ChangeKind::react, 1, "kind7");
  talk.publish({one_more_of_it.get()});
  CHECK(talk.head().revision == 21);
}

TEST_CASE("changes: the race of an edit with a recall has one end", "[changes]") {
  Talk talk;
  const auto edit = talk.command(im::ChangeKind::edit, 1, "late"), recall = talk.command(im::ChangeKind::recall, 1),
             react = talk.command(im::ChangeKind::react, 2, thumb);
  talk.publish({recall.get(), edit.get(), react.get()});
  const auto replies = talk.delivery.replies();
  CHECK(replies[replies.size() - 2].error->is(errors::chat_recalled));
  CHECK(replies.back().error->is(errors::chat_recalled));
  const auto message = *talk.chat->find(2, talk.id);
  CHECK(message.status == im::MessageStatus::recalled);
  CHECK(message.content.empty());
  CHECK(message.seq == 1);
}

TEST_CASE("changes: the cache, the store and a new server tell the same", "[changes]") {
  Talk talk;
  const auto edit = talk.command(im::ChangeKind::edit, 1, "new"), react = talk.command(im::ChangeKind::react, 2, thumb),
             remove = talk.command(im::ChangeKind::remove, 1);
  talk.publish({edit.get(), react.get(), remove.get()});
  for (int round = 0; round < 2; ++round) {
    const auto seen = [&](core::UserId user) {
      return talk.chat->history(user, *im::ConversationId::parse(chat_of_1_and_2), {}, {}, 10)->messages.front();
    };
    CHECK(seen(1).status == im::MessageStatus::deleted);
    CHECK(seen(1).content.empty());
    CHECK(seen(2).content == "new");
    CHECK(seen(2).reactions == std::vector<im::Reaction>{{thumb, 1, true}});
    const auto listed = *talk.chat->conversation(2, *im::ConversationId::parse(chat_of_1_and_2));
    CHECK(listed.last_message->content == "new");
    CHECK(talk.chat->recent_messages(1, 5)->front().content.empty());
    talk.restart();
  }
}

TEST_CASE("changes: an answer carries a quote of what it answers, as it is now", "[changes]") {
  Talk talk;
  auto answer = talk.text(2, 1, "answer", "indeed");
  answer.reply_to = talk.id;
  REQUIRE(talk.send(answer));
  talk.delivery.wait_for(2, 0);
  CHECK(talk.delivery.messages().back().message.quote->content == "as it was");
  const auto quoted = [&] {
    return *talk.chat->history(1, *im::ConversationId::parse(chat_of_1_and_2), {}, {}, 10)->messages.back().quote;
  };
  CHECK(quoted() == im::Quote{1, im::MessageKind::text, im::MessageStatus::normal, "as it was"});
  const auto recall = talk.command(im::ChangeKind::recall, 1);
  talk.publish({recall.get()});
  CHECK(quoted() == im::Quote{1, im::MessageKind::text, im::MessageStatus::recalled, ""});

  auto elsewhere = talk.text(2, 3, "elsewhere");
  elsewhere.reply_to = talk.id;
  CHECK(talk.send(elsewhere).error().is(errors::request_invalid));
  elsewhere.reply_to = 12345;
  CHECK(talk.send(elsewhere).error().is(errors::request_invalid));
}

}  // namespace netherlink::test
