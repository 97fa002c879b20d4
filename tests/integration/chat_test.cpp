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

TEST_CASE("chat: conversations show name, last message and unread", "[chat]") {
  Person ada(server(), "ada"), bob(server(), "bob");
  CHECK(find(bob.http.get("/api/v1/conversations").json["items"], ada.with(bob)).is_null());
  for (int i = 0; i < 3; ++i) ada.post(ada.with(bob), "unread number " + std::to_string(i));

  auto listed = find(bob.http.get("/api/v1/conversations").json["items"], ada.with(bob));
  CHECK(listed["kind"] == "single");
  CHECK(listed["target_id"] == ada.id);
  CHECK(listed["name"] == ada.login["user"]["nickname"]);
  CHECK(listed["last_seq"] == 3);
  CHECK(listed["unread"] == 3);
  CHECK(listed["read_seq"] == 0);
  CHECK(listed["last_message"]["content"] == "unread number 2");
  CHECK(listed["updated_at"] == listed["last_message"]["sent_at"]);
  CHECK(bob.http.get("/api/v1/conversations/" + ada.with(bob)).json == listed);

  // One's own messages are read by oneself.
  const auto own = find(ada.http.get("/api/v1/conversations").json["items"], ada.with(bob));
  CHECK(own["unread"] == 0);
  CHECK(own["read_seq"] == 3);
  CHECK(own["delivered_seq"] == 3);

  const auto login = bob.sign_in().login;
  CHECK(login["unread_counts"][ada.with(bob)] == 3);
  const auto& recent = login["recent_messages"];
  CHECK(std::any_of(recent.begin(), recent.end(), [](const json& m) { return m["content"] == "unread number 2"; }));
  const auto welcomed = find(bob.socket().welcome()["conversations"], ada.with(bob));
  CHECK(welcomed == listed);
}

TEST_CASE("chat: reading moves the mark forward only, and the other is told", "[chat]") {
  Person ada(server(), "ada"), bob(server(), "bob");
  auto phone = bob.sign_in();
  for (auto* person : {&ada, &bob, &phone}) person->socket();
  const auto conversation = ada.with(bob);
  for (int i = 0; i < 5; ++i) ada.say(conversation, "read me, number " + std::to_string(i));
  const auto path = "/api/v1/conversations/" + conversation + "/read";
  const auto at = [&](int read, int unread) {
    return json{{"conversation_id", conversation}, {"read_seq", read}, {"unread", unread}};
  };
  const auto told = [&](Person& person, int delivered, int read) {
    return person.socket().expect("receipt", [&](const json& data) {
      return data == json{{"conversation_id", conversation},
                          {"user_id", bob.id},
                          {"delivered_seq", delivered},
                          {"read_seq", read}};
    });
  };
  bob.socket().ask("message.received", {{"conversation_id", conversation}, {"seq", 5}}, "ok");
  told(ada, 5, 0);
  bob.socket().ask("message.read", {{"conversation_id", conversation}, {"seq", 2}}, "ok");
  told(ada, 5, 2);
  told(phone, 5, 2);
  CHECK(bob.http.post(path, {{"seq", 4}}).json == at(4, 1));
  told(ada, 5, 4);
  CHECK(bob.http.post(path, {{"seq", 1}}).json == at(4, 1));
  CHECK(bob.http.post(path, {{"seq", 1'000'000}}).json == at(5, 0));
  told(phone, 5, 5);
  CHECK(find(bob.http.get("/api/v1/conversations").json["items"], conversation)["unread"] == 0);
  for (const auto& bad : {json{{"seq", -1}}, json{{"seq", "1"}}, json{{"seq", 1.5}}, json::object()}) {
    CHECK(bob.http.post(path, bad).code() == "request.invalid");
  }
}

TEST_CASE("chat: history goes both ways", "[chat]") {
  Person ada(server(), "ada"), bob(server(), "bob");
  const auto conversation = ada.with(bob);
  constexpr int count = 350;  // more than the hot cache keeps
  for (int i = 1; i <= count; ++i)
    ada.socket().send("message.send", text_message(conversation, "line " + std::to_string(i)));
  for (int i = 1; i <= count; ++i) ada.socket().expect("message.ack");
  const auto page = [&](const std::string& query) {
    auto answer = bob.http.get("/api/v1/chat/history?conversation_id=" + conversation + query);
    REQUIRE(answer.status == 200);
    return answer.json;
  };
  const auto span = [](const json& answer) {
    const auto& messages = answer["messages"];
    if (messages.empty()) return std::pair<int, int>{0, 0};
    for (std::size_t i = 1; i < messages.size(); ++i)
      CHECK(messages[i]["seq"] == messages[i - 1]["seq"].get<int>() + 1);
    return std::pair<int, int>{messages.front()["seq"], messages.back()["seq"]};
  };
  CHECK(span(page("&limit=10")) == std::pair{341, 350});
  CHECK(page("&limit=10")["has_more"] == true);
  CHECK(span(page("&limit=100&before_seq=341")) == std::pair{241, 340});
  CHECK(span(page("&limit=200&before_seq=101")) == std::pair{1, 100});
  CHECK(page("&limit=200&before_seq=101")["has_more"] == false);
  CHECK(span(page("&before_seq=1")) == std::pair{0, 0});
  CHECK(page("&before_seq=1")["has_more"] == false);
  CHECK(span(page("&limit=5&after_seq=0")) == std::pair{1, 5});
  CHECK(span(page("&limit=200&after_seq=150")) == std::pair{151, 350});
  CHECK(page("&limit=200&after_seq=150")["has_more"] == false);
  CHECK(page("&limit=199&after_seq=150")["has_more"] == true);
  CHECK(span(page("&after_seq=350")) == std::pair{0, 0});
  CHECK(span(page("&after_seq=4000000000")) == std::pair{0, 0});
}

TEST_CASE("chat: history refuses what it does not understand", "[chat]") {
  Person ada(server(), "ada"), bob(server(), "bob"), eve(server(), "eve");
  ada.post(ada.with(bob), "nothing for eve to see");
  const auto code = [&](const std::string& query) { return ada.http.get("/api/v1/chat/history" + query).code(); };
  const auto known = "?conversation_id=" + ada.with(bob);
  CHECK(code("") == "request.invalid");
  CHECK(code(known + "&before_seq=5&after_seq=1") == "request.invalid");
  CHECK(code(known + "&limit=0") == "request.invalid");
  CHECK(code(known + "&limit=201") == "request.invalid");
  CHECK(code(known + "&limit=ten") == "request.invalid");
  CHECK(code(known + "&before_seq=0") == "request.invalid");
  CHECK(code(known + "&after_seq=-1") == "request.invalid");
  CHECK(code("?conversation_id=nonsense") != "");
  CHECK(code("?conversation_id=" + bob.with(eve)) == "resource.not_found");
  CHECK(code("?conversation_id=group_12345") == "resource.not_found");
  CHECK(eve.http.get("/api/v1/chat/history" + known).code() == "resource.not_found");
  CHECK(eve.http.get("/api/v1/conversations/" + ada.with(bob)).code() == "resource.not_found");
  CHECK(eve.http.post("/api/v1/conversations/" + ada.with(bob) + "/read", {{"seq", 1}}).code() == "resource.not_found");
}

TEST_CASE("chat: a message is shown to members alone", "[chat]") {
  Person ada(server(), "ada"), bob(server(), "bob"), eve(server(), "eve");
  const auto ack = ada.post(ada.with(bob), "not for eve, this one");
  const auto path = "/api/v1/chat/messages/" + ack["message_id"].get<std::string>();
  CHECK(bob.http.get(path).json["content"] == "not for eve, this one");
  CHECK(eve.http.get(path).code() == "resource.not_found");
  CHECK(eve.http.get("/api/v1/chat/messages/1").code() == "resource.not_found");
  CHECK(eve.http.get("/api/v1/chat/messages/none").code() == "resource.not_found");
}

TEST_CASE("chat: the list of conversations is paged by a cursor, changed last first", "[chat]") {
  Person ada(server(), "ada");
  std::vector<std::string> expected;
  for (int i = 0; i < 7; ++i) {
    Person friend_of_ada(server(), "friend");
    friend_of_ada.post(ada.with(friend_of_ada), "hello from friend " + std::to_string(i));
    expected.insert(expected.begin(), ada.with(friend_of_ada));
  }
  std::vector<std::string> seen;
  std::string cursor;
  do {
    const auto page = ada.http.get("/api/v1/conversations?limit=3" + (cursor.empty() ? "" : "&cursor=" + cursor));
    REQUIRE(page.status == 200);
    CHECK(page.json["items"].size() <= 3);
    for (const auto& item : page.json["items"]) {
      if (item["kind"] == "single") seen.push_back(item["conversation_id"]);
    }
    cursor = page.json["next_cursor"].is_null() ? "" : page.json["next_cursor"].get<std::string>();
  } while (!cursor.empty());
  CHECK(seen == expected);
  CHECK(ada.http.get("/api/v1/conversations?cursor=nonsense").code() == "request.invalid");
  CHECK(ada.http.get("/api/v1/conversations?limit=0").code() == "request.invalid");
}

TEST_CASE("chat: sync brings a client level", "[chat]") {
  Person ada(server(), "ada"), bob(server(), "bob"), eve(server(), "eve");
  const auto conversation = ada.with(bob);
  bob.socket();
  ada.say(conversation, "bob is here for this one");
  bob.socket().expect("message.new");
  bob.hang_up();
  for (int i = 2; i <= 8; ++i) ada.say(conversation, "while bob is away, " + std::to_string(i));

  CHECK(find(bob.connect().welcome()["conversations"], conversation)["last_seq"] == 8);
  const auto sync = [&](int after, json limit) {
    json data{{"conversations", {{{"conversation_id", conversation}, {"after_seq", after}}}}};
    if (!limit.is_null()) data["limit"] = limit;
    return bob.socket().ask("sync", data, "sync.result")["conversations"][0];
  };
  auto part = sync(1, 5);
  CHECK(part["messages"].size() == 5);
  CHECK(part["messages"][0]["seq"] == 2);
  CHECK(part["complete"] == false);
  CHECK(part["last_seq"] == 8);
  CHECK(part["updates"].empty());
  part = sync(6, 5);
  CHECK(part["messages"].size() == 2);
  CHECK(part["complete"] == true);
  CHECK(sync(8, nullptr)["messages"].empty());
  CHECK(sync(8, nullptr)["complete"] == true);
  CHECK(sync(0, nullptr)["messages"].size() == 8);

  const auto mixed = bob.socket().ask("sync",
                                      {{"conversations",
                                        {{{"conversation_id", conversation}, {"after_seq", 7}, {"after_revision", 0}},
                                         {{"conversation_id", ada.with(eve)}, {"after_seq", 0}}}}},
                                      "sync.result")["conversations"];
  REQUIRE(mixed.size() == 2);
  CHECK(mixed[0]["messages"].size() == 1);
  CHECK(mixed[1]["conversation_id"] == ada.with(eve));
  CHECK(mixed[1]["error"]["code"] == "resource.not_found");
}

TEST_CASE("chat: sync refuses what it does not understand", "[chat]") {
  Person ada(server(), "ada");
  const auto code = [&](const json& data) { return ada.socket().request("sync", data)["data"].value("code", ""); };
  const json world{{"conversation_id", "world"}, {"after_seq", 0}};
  CHECK(code(json::object()) == "request.invalid");
  CHECK(code({{"conversations", "world"}}) == "request.invalid");
  CHECK(code({{"conversations", {{{"conversation_id", "world"}}}}}) == "request.invalid");
  CHECK(code({{"conversations", {{{"conversation_id", "world"}, {"after_seq", -1}}}}}) == "request.invalid");
  CHECK(code({{"conversations", {world}}, {"limit", 0}}) == "request.invalid");
  CHECK(code({{"conversations", {world}}, {"limit", 201}}) == "request.invalid");
  CHECK(code({{"conversations", std::vector<json>(51, world)}}) == "request.invalid");
  CHECK(ada.socket().ask("sync", {{"conversations", json::array()}}, "sync.result")["conversations"].empty());
}

}  // namespace netherlink::test
