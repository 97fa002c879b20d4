// Edits, reactions, deletions and typing reach people at whichever replica they are.
#include "support/catch.hpp"
#include "support/person.hpp"
#include "support/stack.hpp"

namespace netherlink::test {
namespace {

using nlohmann::json;

Replicas& replicas() {
  static Replicas two(Stack::shared(), 2);
  return two;
}

const std::string thumb = "\xF0\x9F\x91\x8D";

json updated(WsClient& socket, int revision) {
  return socket.expect("message.updated",
                       [revision](const json& data) { return data["message"]["revision"] == revision; })["message"];
}

}  // namespace

TEST_CASE("replicas: what is changed at one is told at the other", "[replicas]") {
  Person ada(replicas()[0], "ada"), bob(replicas()[1], "bob");
  ada.socket();
  bob.socket();
  const auto conversation = ada.with(bob);
  const auto ack = ada.say(conversation, "as it was");
  const auto id = ack["message_id"];
  ada.socket().ask("message.edit", {{"message_id", id}, {"content", "as it is"}}, "ok");
  CHECK(updated(bob.socket(), 1)["content"] == "as it is");
  bob.socket().ask("message.react", {{"message_id", id}, {"emoji", thumb}, {"on", true}}, "ok");
  CHECK(updated(bob.socket(), 2)["reactions"][0]["mine"] == true);
  CHECK(updated(ada.socket(), 2)["reactions"][0]["mine"] == false);
  const auto path = "/api/v1/chat/messages/" + id.get<std::string>();
  CHECK(bob.http.patch(path, {{"content", "not bob's"}}).code() == "chat.forbidden");
  CHECK(ada.http.erase(path + "?scope=all").json["revision"] == 3);
  CHECK(updated(bob.socket(), 3)["status"] == "recalled");
  // The one replica's cache is the other's too.
  for (auto* person : {&ada, &bob}) CHECK(whole_history(*person, conversation).back()["status"] == "recalled");
  const auto synced = bob.socket().ask(
      "sync", {{"conversations", {{{"conversation_id", conversation}, {"after_seq", 1}, {"after_revision", 2}}}}},
      "sync.result")["conversations"][0];
  REQUIRE(synced["updates"].size() == 1);
  CHECK(synced["revision"] == 3);
}

TEST_CASE("replicas: the devices of one person forget and pin together", "[replicas]") {
  Person ada(replicas()[0], "ada"), bob(replicas()[0], "bob");
  WsClient elsewhere(replicas()[1].port(), ada.token);
  const auto ack = bob.say(ada.with(bob), "to be forgotten by ada");
  elsewhere.expect("message.new");
  const auto deleted = ada.http.erase("/api/v1/chat/messages/" + ack["message_id"].get<std::string>());
  REQUIRE(deleted.status == 200);
  CHECK(elsewhere.expect("message.updated")["message"] == deleted.json);
  const auto pinned = ada.http.patch("/api/v1/conversations/" + ada.with(bob), {{"pinned", true}});
  REQUIRE(pinned.status == 200);
  CHECK(elsewhere.expect("conversation.updated")["conversation"] == pinned.json);
  bob.socket().ask("typing", {{"conversation_id", ada.with(bob)}, {"on", true}}, "ok");
  CHECK(elsewhere.expect("typing")["user_id"] == bob.id);
  CHECK(bob.socket().collect("message.updated").empty());
}

}  // namespace netherlink::test
