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

json find(const json& items, const std::string& conversation_id) {
  const auto found = std::find_if(items.begin(), items.end(),
                                  [&](const json& item) { return item.at("conversation_id") == conversation_id; });
  return found == items.end() ? json() : *found;
}

}  // namespace

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

}  // namespace netherlink::test
