// Edits, recalls and reactions on the sockets: order, gaps, and what each reader sees as theirs.
#include <atomic>

#include "contract/ws/socket_fixture.hpp"
#include "netherlink/im/push.hpp"

namespace netherlink::test {
namespace {

using nlohmann::json;

const std::string thumb = "\xF0\x9F\x91\x8D", heart = "\xE2\x9D\xA4";

json updated(RawClient& client) {
  return client.expect("message.updated")["data"]["message"];
}

/// Says something in the world; its id. Everybody in `hearing` reads it.
std::string say(RawClient& speaker, std::initializer_list<RawClient*> hearing, const std::string& name,
                const std::string& conversation = "world") {
  speaker.post(conversation, name, name);
  const std::string id = speaker.expect("message.ack")["data"]["message_id"];
  for (auto* client : hearing) client->expect("message.new");
  return id;
}

/// As a REST caller would: nobody waits.
core::result<void> change(SocketFixture& fixture, im::ChangeKind kind, im::UserId user, const std::string& message,
                          const std::string& text = {}) {
  auto command = fixture.chat->prepare(im::ChangeRequest{kind, user, {}, std::stoll(message), text});
  if (!command) return command.error();
  if (auto allowed = fixture.chat->authorise(**command); !allowed) return allowed;
  const auto batcher = fixture.chat->make_batcher();
  batcher->add(std::move(*command));
  batcher->flush();
  return {};
}

std::int64_t revision(SocketFixture& fixture, const std::string& conversation = "world") {
  return (*fixture.chat->heads(std::span(&conversation, 1)))[0].revision;
}

json reaction(const std::string& emoji, int count, bool mine) {
  return {{"emoji", emoji}, {"count", count}, {"mine", mine}};
}

}  // namespace

TEST_CASE("ws changes: an edit and a recall reach every session", "[ws]") {
  SocketFixture fixture(SocketFixture::Options{.threads = 2});
  const auto ada = fixture.join(1), tablet = fixture.join(1, 101, 1), bob = fixture.join(2, 0, 1);
  const auto id = say(*ada, {tablet.get(), bob.get()}, "first");
  ada->send_json({{"type", "message.edit"}, {"id", "e"}, {"data", {{"message_id", id}, {"content", "better"}}}});
  for (auto* client : {ada.get(), tablet.get(), bob.get()}) {
    const auto message = updated(*client);
    CHECK(message["message_id"] == id);
    CHECK(message["content"] == "better");
    CHECK(message["status"] == "edited");
    CHECK(message["revision"] == 1);
    CHECK(message["seq"] == 1);
    CHECK(message.contains("edited_at"));
  }
  CHECK(ada->expect("ok")["id"] == "e");
  ada->ask("message.edit", {{"message_id", id}, {"content", "better"}}, "ok");  // changes nothing
  ada->send_json({{"type", "message.recall"}, {"id", "r"}, {"data", {{"message_id", id}}}});
  for (auto* client : {ada.get(), tablet.get(), bob.get()}) {
    const auto message = updated(*client);
    CHECK(message["content"] == "");
    CHECK(message["status"] == "recalled");
    CHECK(message["revision"] == 2);
  }
  CHECK(ada->expect("ok")["id"] == "r");
  CHECK(bob->ask("message.recall", {{"message_id", id}}, "error")["code"] == "chat.forbidden");
  CHECK(ada->ask("message.edit", {{"message_id", id}, {"content", "again"}}, "error")["code"] == "chat.recalled");
  CHECK(ada->ask("message.edit", {{"message_id", "123"}, {"content", "x"}}, "error")["code"] == "resource.not_found");
  CHECK(ada->ask("message.edit", {{"message_id", id}}, "error")["code"] == "request.invalid");
}

TEST_CASE("ws changes: of reactions each reader sees which are theirs", "[ws]") {
  SocketFixture fixture(SocketFixture::Options{.threads = 2});
  const auto ada = fixture.join(1), tablet = fixture.join(1, 101, 1), bob = fixture.join(2, 0, 1),
             eve = fixture.join(3);
  const std::vector<RawClient*> all{ada.get(), tablet.get(), bob.get(), eve.get()};
  const auto id = say(*ada, {tablet.get(), bob.get(), eve.get()}, "like-me");
  const auto react = [&](RawClient& who, const std::string& emoji, bool on) {
    who.send_json(
        {{"type", "message.react"}, {"id", "x"}, {"data", {{"message_id", id}, {"emoji", emoji}, {"on", on}}}});
    std::vector<json> seen;
    for (auto* client : all) seen.push_back(updated(*client)["reactions"]);
    who.expect("ok");
    return seen;
  };
  auto seen = react(*bob, thumb, true);
  CHECK(seen[0] == json{reaction(thumb, 1, false)});
  CHECK(seen[2] == json{reaction(thumb, 1, true)});
  seen = react(*tablet, heart, true);
  CHECK(seen[0] == json{reaction(thumb, 1, false), reaction(heart, 1, true)});
  CHECK(seen[1] == seen[0]);
  CHECK(seen[2] == json{reaction(thumb, 1, true), reaction(heart, 1, false)});
  CHECK(seen[3] == json{reaction(thumb, 1, false), reaction(heart, 1, false)});
  seen = react(*ada, thumb, true);
  CHECK(seen[0] == json{reaction(thumb, 2, true), reaction(heart, 1, true)});
  CHECK(seen[2] == json{reaction(thumb, 2, true), reaction(heart, 1, false)});
  bob->ask("message.react", {{"message_id", id}, {"emoji", thumb}, {"on", true}}, "ok");  // is there already
  seen = react(*bob, thumb, false);
  CHECK(seen[2] == json{reaction(thumb, 1, false), reaction(heart, 1, false)});
  CHECK(bob->ask("message.react", {{"message_id", id}, {"emoji", ""}, {"on", true}}, "error")["code"] ==
        "request.invalid");
  CHECK(eve->silent());
}

TEST_CASE("ws changes: what a lost push told of is read from the store", "[ws]") {
  SocketFixture fixture(SocketFixture::Options{.threads = 2});
  const auto ada = fixture.join(1), bob = fixture.join(2, 0, 1);
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(say(*ada, {bob.get()}, "m" + std::to_string(i)));
  std::atomic<int> changes_lost{0};
  fixture.lossy->lose([&](const im::PushEnvelope& envelope) {
    const bool lost = !envelope.conversations.front().updates.empty();
    if (lost) ++changes_lost;
    return lost;
  });
  for (const int i : {0, 1, 2, 1}) {
    const auto next = revision(fixture) + 1;
    REQUIRE(change(fixture, im::ChangeKind::edit, 1, ids[static_cast<std::size_t>(i)], "r" + std::to_string(next)));
    SocketFixture::until([&] { return revision(fixture) == next; });
  }
  // A commit is seen before its push comes.
  SocketFixture::until([&] { return changes_lost == 4; });
  fixture.lossy->lose(nullptr);
  SECTION("when the next change comes") {
    REQUIRE(change(fixture, im::ChangeKind::react, 2, ids[0], thumb));
    // 1 and 2 were replaced by later changes of the same messages.
    for (auto* client : {ada.get(), bob.get()}) {
      for (const int expected : {3, 4, 5}) CHECK(updated(*client)["revision"] == expected);
    }
  }
  SECTION("when the next message comes") {
    say(*ada, {bob.get()}, "another");
    for (auto* client : {ada.get(), bob.get()}) {
      for (const int expected : {1, 3, 4}) CHECK(updated(*client)["revision"] == expected);
    }
  }
  CHECK(ada->silent());
  CHECK(bob->silent());
}

TEST_CASE("ws changes: a change is never told before its message", "[ws]") {
  SocketFixture fixture(SocketFixture::Options{.threads = 2});
  const auto ada = fixture.join(1), bob = fixture.join(2, 0, 1);
  say(*ada, {bob.get()}, "before");
  const bool lose_both = GENERATE(false, true);
  std::atomic<int> changes_lost{0};
  fixture.lossy->lose([&](const im::PushEnvelope& envelope) {
    const auto& events = envelope.conversations.front();
    if (!events.updates.empty() && lose_both) ++changes_lost;
    return !events.messages.empty() || lose_both;
  });
  ada->post("world", "lost", "lost");
  SocketFixture::until([&] { return fixture.lossy->lost() == 1; });
  const auto id = std::to_string((*fixture.chat->repair(im::ConversationId::world(), 2, 2)).front().id);
  REQUIRE(change(fixture, im::ChangeKind::edit, 1, id, "changed"));
  SocketFixture::until([&] { return lose_both ? changes_lost == 1 : revision(fixture) == 1; });
  fixture.lossy->lose(nullptr);
  REQUIRE(change(fixture, im::ChangeKind::react, 2, id, thumb));
  CHECK(bob->expect("message.new")["data"]["message"]["seq"] == 2);
  CHECK(ada->expect("message.ack")["data"]["seq"] == 2);
  for (auto* client : {ada.get(), bob.get()}) {
    auto message = updated(*client);
    CHECK(message["content"] == "changed");
    if (message["revision"] == 1) message = updated(*client);
    CHECK(message["revision"] == 2);
    CHECK(message["reactions"] == json{reaction(thumb, 1, client == bob.get())});
    CHECK(client->silent());
  }
}

TEST_CASE("ws changes: more people than a push tells of", "[ws]") {
  SocketFixture fixture;
  const auto ada = fixture.join(1), bob = fixture.join(2);
  const auto id = say(*ada, {bob.get()}, "popular");
  for (im::UserId user = 1000; user < 1300; ++user) REQUIRE(change(fixture, im::ChangeKind::react, user, id, thumb));
  REQUIRE(change(fixture, im::ChangeKind::react, 2, id, thumb));
  REQUIRE(change(fixture, im::ChangeKind::react, 2, id, heart));
  REQUIRE(change(fixture, im::ChangeKind::react, 1299, id, thumb));  // again
  SocketFixture::until([&] { return revision(fixture) == 302; });
  for (auto* client : {ada.get(), bob.get()}) {
    std::int64_t last = 0;
    json message;
    while (last < 302) {
      message = updated(*client);
      REQUIRE(message["revision"] > last);
      last = message["revision"];
    }
    const bool mine = client == bob.get();
    CHECK(message["reactions"] == json{reaction(thumb, 301, mine), reaction(heart, 1, mine)});
  }
}

TEST_CASE("ws changes: behind a welcome come the changes behind its revision", "[ws]") {
  SocketFixture fixture;
  const auto bob = fixture.join(2);
  const auto id = say(*bob, {}, "first");
  fixture.lossy->hold_back();
  for (const auto* text : {"one", "two", "three"}) REQUIRE(change(fixture, im::ChangeKind::edit, 2, id, text));
  SocketFixture::until([&] { return revision(fixture) == 3; });
  const auto ada = fixture.connect(1);
  const auto welcome = ada->expect("welcome")["data"]["conversations"][0];
  CHECK(welcome["revision"] == 3);
  CHECK(welcome["last_message"]["content"] == "three");
  fixture.lossy->release();
  REQUIRE(change(fixture, im::ChangeKind::edit, 2, id, "four"));
  CHECK(updated(*ada)["revision"] == 4);
  std::int64_t last = 0;
  while (last < 4) {
    const std::int64_t next = updated(*bob)["revision"];
    REQUIRE(next > last);
    last = next;
  }
  CHECK(ada->silent());
}

TEST_CASE("ws changes: deleting for oneself is told to oneself alone, and stays so", "[ws]") {
  SocketFixture fixture(SocketFixture::Options{.threads = 2});
  const auto ada = fixture.join(1), tablet = fixture.join(1, 101, 1), bob = fixture.join(2, 0, 1);
  const auto id = say(*bob, {ada.get(), tablet.get()}, "secret");
  REQUIRE(change(fixture, im::ChangeKind::remove, 1, id));
  for (auto* client : {ada.get(), tablet.get()}) {
    const auto message = updated(*client);
    CHECK(message["status"] == "deleted");
    CHECK(message["content"] == "");
    CHECK(message["revision"] == 0);
  }
  CHECK(bob->silent());
  bob->send_json({{"type", "message.edit"}, {"id", "e"}, {"data", {{"message_id", id}, {"content", "public"}}}});
  CHECK(updated(*bob)["content"] == "public");
  CHECK(updated(*ada)["content"] == "");
  const auto again = updated(*tablet);
  CHECK(again["status"] == "deleted");
  CHECK(again["revision"] == 1);
}

TEST_CASE("ws changes: sync tells what changed of what one has", "[ws]") {
  SocketFixture fixture;
  const auto ada = fixture.join(1);
  std::vector<std::string> ids;
  for (int i = 0; i < 6; ++i) ids.push_back(say(*ada, {}, "m" + std::to_string(i)));
  for (const int i : {4, 0, 2, 0}) {
    const auto next = revision(fixture) + 1;
    REQUIRE(change(fixture, im::ChangeKind::edit, 1, ids[static_cast<std::size_t>(i)], "r" + std::to_string(next)));
    SocketFixture::until([&] { return revision(fixture) == next; });
  }
  const auto bob = fixture.join(2);
  const auto sync = [&](const json& request, int limit) {
    return bob->ask("sync", {{"conversations", {request}}, {"limit", limit}}, "sync.result")["conversations"][0];
  };
  const auto revisions = [](const json& messages) {
    std::vector<int> all;
    for (const auto& message : messages) all.push_back(message["revision"]);
    return all;
  };
  auto result = sync({{"conversation_id", "world"}, {"after_seq", 3}, {"after_revision", 0}}, 100);
  CHECK(revisions(result["updates"]) == std::vector<int>{3, 4});
  CHECK(result["messages"].size() == 3);
  CHECK(result["messages"][1]["revision"] == 1);
  CHECK(result["revision"] == 4);
  CHECK(result["complete"] == true);
  result = sync({{"conversation_id", "world"}, {"after_seq", 6}, {"after_revision", 0}}, 2);
  CHECK(revisions(result["updates"]) == std::vector<int>{1, 3});
  CHECK(result["complete"] == false);
  result = sync({{"conversation_id", "world"}, {"after_seq", 6}, {"after_revision", 3}}, 2);
  CHECK(revisions(result["updates"]) == std::vector<int>{4});
  CHECK(result["complete"] == true);
  CHECK(sync({{"conversation_id", "world"}, {"after_seq", 6}}, 2)["updates"].empty());
  CHECK(sync({{"conversation_id", "world"}, {"after_seq", 6}, {"after_revision", 9}}, 2)["updates"].empty());
}

TEST_CASE("ws changes: typing is told to the other, now and then, and not in the world", "[ws]") {
  SocketFixture fixture(SocketFixture::Options{.threads = 2});
  const auto ada = fixture.join(1), tablet = fixture.join(1, 101, 1), bob = fixture.join(2, 0, 1),
             eve = fixture.join(3);
  say(*ada, {tablet.get(), bob.get()}, "hello", "single_1_2");
  const auto type = [&](RawClient& who, const std::string& conversation, bool on, const char* answer) {
    return who.ask("typing", {{"conversation_id", conversation}, {"on", on}}, answer);
  };
  for (int i = 0; i < 5; ++i) type(*ada, "single_1_2", true, "ok");
  type(*ada, "single_1_2", false, "ok");
  const json told{{"conversation_id", "single_1_2"}, {"user_id", "1"}, {"on", true}};
  CHECK(bob->expect("typing")["data"] == told);
  CHECK(bob->expect("typing")["data"]["on"] == false);
  type(*ada, "world", true, "ok");
  CHECK(type(*eve, "single_1_2", true, "error")["code"] == "chat.not_member");
  CHECK(type(*eve, "nonsense", true, "error")["code"] == "request.invalid");
  CHECK(bob->silent());
  CHECK(tablet->silent());
}

}  // namespace netherlink::test
