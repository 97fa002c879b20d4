#include <algorithm>
#include <set>

#include "support/catch.hpp"
#include "support/person.hpp"

namespace netherlink::test {
namespace {

using nlohmann::json;

ServerProcess& server() {
  static ServerProcess process;
  return process;
}

std::function<bool(const json&)> of_message(const json& ack) {
  return [id = ack.at("message_id")](const json& data) { return data.at("message").at("message_id") == id; };
}

json find(const json& items, const std::string& conversation_id) {
  const auto found = std::find_if(items.begin(), items.end(),
                                  [&](const json& item) { return item.at("conversation_id") == conversation_id; });
  return found == items.end() ? json() : *found;
}

}  // namespace

TEST_CASE("chat: two people talk", "[chat]") {
  Person ada(server(), "ada"), bob(server(), "bob");
  ada.socket();
  bob.socket();
  const auto conversation = ada.with(bob);
  const auto ack = ada.socket().ask(
      "message.send",
      {{"to_user_id", bob.id}, {"client_msg_id", unique("m")}, {"kind", "text"}, {"content", "Hello Bob, it is me"}},
      "message.ack");
  CHECK(ack["conversation_id"] == conversation);
  CHECK(ack["seq"] == 1);
  CHECK(ack["duplicate"] == false);
  const auto received = bob.socket().expect("message.new", of_message(ack))["message"];
  CHECK(received["content"] == "Hello Bob, it is me");
  CHECK(received["sender_id"] == ada.id);
  CHECK(received["seq"] == 1);
  CHECK(received["sent_at"] == ack["sent_at"]);
  CHECK(received["client_msg_id"] == ack["client_msg_id"]);
  CHECK(received["status"] == "normal");
  CHECK(received["revision"] == 0);

  const auto reply = bob.post(conversation, "Hello Ada, good to hear");
  CHECK(reply["seq"] == 2);
  CHECK(ada.socket().expect("message.new", of_message(reply))["message"]["content"] == "Hello Ada, good to hear");
  // A message sent by REST goes to all the sender's sockets; one sent by a socket not to that socket.
  CHECK(bob.socket().expect("message.new", of_message(reply))["message"]["sender_id"] == bob.id);
  CHECK(ada.socket().collect("message.new").empty());

  const auto one = bob.http.get("/api/v1/chat/messages/" + ack["message_id"].get<std::string>());
  REQUIRE(one.status == 200);
  CHECK(one.json == received);
}

TEST_CASE("chat: one's own other devices hear what one says", "[chat]") {
  Person ada(server(), "ada"), bob(server(), "bob");
  auto phone = ada.sign_in();
  ada.socket();
  phone.socket();
  const auto ack = ada.say(ada.with(bob), "from the laptop to Bob");
  CHECK(phone.socket().expect("message.new", of_message(ack))["message"]["sender_id"] == ada.id);
  CHECK(ada.socket().collect("message.new").empty());
}

TEST_CASE("chat: everybody is in the world", "[chat]") {
  Person ada(server(), "ada"), bob(server(), "bob"), eve(server(), "eve");
  for (auto* person : {&ada, &bob, &eve}) person->socket();
  const auto ack = ada.say("world", "hello everybody out there");
  for (auto* person : {&bob, &eve}) {
    CHECK(person->socket().expect("message.new", of_message(ack))["message"]["conversation_id"] == "world");
  }
  CHECK(ada.post("world", "and once more by REST")["seq"] == ack["seq"].get<int>() + 1);
  const auto listed = find(eve.http.get("/api/v1/conversations").json["items"], "world");
  CHECK(listed["kind"] == "world");
  CHECK(listed["target_id"].is_null());
}

TEST_CASE("chat: who leaves the lobby is not told about the world until joining it again", "[chat]") {
  Person ada(server(), "ada"), bob(server(), "bob");
  bob.socket().ask("lobby.leave", json::object(), "ok");
  ada.say("world", "bob should not be told this");
  const auto direct = ada.say(ada.with(bob), "but this, he should");
  bob.socket().expect("message.new", of_message(direct));
  CHECK(bob.socket().collect("message.new").empty());
  bob.socket().ask("lobby.join", json::object(), "ok");
  const auto again = ada.say("world", "and now this as well");
  bob.socket().expect("message.new", of_message(again));
}

TEST_CASE("chat: what one socket sends keeps its order, and everybody sees the same", "[chat]") {
  Person ada(server(), "ada"), bob(server(), "bob");
  bob.socket();
  const auto conversation = ada.with(bob);
  constexpr int count = 200;
  std::vector<std::string> ids;
  for (int i = 0; i < count; ++i) {
    ids.push_back(ada.socket().send("message.send", text_message(conversation, "number " + std::to_string(i))));
  }
  for (int i = 0; i < count; ++i) CHECK(ada.socket().expect("message.ack")["seq"] == i + 1);
  for (int i = 0; i < count; ++i) {
    const auto message = bob.socket().expect("message.new")["message"];
    REQUIRE(message["seq"] == i + 1);
    REQUIRE(message["content"] == "number " + std::to_string(i));
  }
  const auto history = whole_history(bob, conversation);
  REQUIRE(history.size() == count);
  CHECK(history.back()["content"] == "number 199");
}

TEST_CASE("chat: sent again, a message is answered with its first ack", "[chat]") {
  Person ada(server(), "ada"), bob(server(), "bob"), eve(server(), "eve");
  bob.socket();
  const auto conversation = ada.with(bob), id = unique("again");
  const auto first = ada.say(conversation, "what was meant at first", id);
  auto expected = first;
  expected["duplicate"] = true;
  CHECK(ada.say(conversation, "what was meant at first", id) == expected);
  CHECK(ada.say(conversation, "now with other content", id) == expected);
  const auto rest = ada.http.post("/api/v1/chat/messages", text_message(conversation, "over REST instead", id));
  CHECK(rest.status == 200);
  CHECK(rest.json == expected);

  bob.socket().expect("message.new", of_message(first));
  CHECK(bob.socket().collect("message.new").empty());
  CHECK(whole_history(bob, conversation).size() == 1);
  // Elsewhere, or from somebody else, or spelled otherwise, it is another message.
  CHECK(ada.say(ada.with(eve), "to eve with the same id", id)["duplicate"] == false);
  CHECK(bob.say(conversation, "from bob with the same id", id)["duplicate"] == false);
  CHECK(ada.say(conversation, "an id in capitals", "AGAIN" + id.substr(5))["duplicate"] == false);
}

TEST_CASE("chat: a message is still known after a restart", "[chat]") {
  ServerProcess own;
  Person ada(own, "ada"), bob(own, "bob");
  const auto conversation = ada.with(bob), id = unique("kept");
  auto first = ada.say(conversation, "before the server was killed", id);
  own.kill();
  own.start();
  ada.connect();
  auto again = ada.say(conversation, "before the server was killed", id);
  CHECK(again["duplicate"] == true);
  again["duplicate"] = false;
  CHECK(again == first);
  CHECK(ada.post(conversation, "after it came back")["seq"] == 2);
  CHECK(whole_history(bob, conversation).size() == 2);
}

}  // namespace netherlink::test
