#include <csignal>

#include "support/catch.hpp"
#include "support/people.hpp"

namespace netherlink::test {
namespace {

using nlohmann::json;

/// Goes offline without delay.
ServerProcess& server() {
  static ServerProcess process({"presence.grace=0ms", "presence.max_watched=3"});
  return process;
}

// A frame tells a state, and the same state may be told again: what a friendship or a block changes is looked at behind
// the answer to whoever made it.

void expect_presence(Person& who, const Person& of, bool online) {
  who.socket().expect("presence", [&](const json& data) {
    return data["user_id"] == of.id && data["online"] == online && data["last_seen"].is_string();
  });
}

json presence_in_list(Person& who, const Person& of) {
  for (const auto& item : whole_list(who, "/api/v1/friends")) {
    if (item["user"]["id"] == of.id) return item["presence"];
  }
  return {};
}

json watch(Person& who, const std::vector<std::string>& ids) {
  return who.socket().request("presence.watch", {{"user_ids", ids}});
}

json state_of(Person& who, const std::string& id) {
  return who.socket().expect("presence", [&](const json& data) { return data["user_id"] == id; });
}

json hidden(const std::string& id) {
  return {{"user_id", id}, {"online", false}, {"last_seen", nullptr}};
}

/// As somebody looks who may not be seen.
void expect_hidden(Person& who, const std::string& id) {
  who.socket().expect("presence", [&](const json& data) { return data == hidden(id); });
}

/// All that was announced before has arrived: what a friend does behind it has.
std::vector<json> presence_so_far(Person& who) {
  Person marker(server(), "marker");
  make_friends(marker, who);
  marker.socket();
  expect_presence(who, marker, true);
  return who.socket().collect("presence");
}

}  // namespace

TEST_CASE("presence: friends see each other come and go, by all of their devices", "[presence]") {
  Person ada(server(), "ada"), bob(server(), "bob"), eve(server(), "eve");
  make_friends(ada, bob);
  CHECK(presence_in_list(ada, bob) == hidden(bob.id));
  for (auto* person : {&ada, &eve}) person->socket();

  bob.socket();
  expect_presence(ada, bob, true);
  CHECK(presence_in_list(ada, bob)["online"] == true);
  auto phone = bob.sign_in();
  phone.socket();
  bob.hang_up();
  // One device is left: nobody is told anything.
  for (const auto& told : presence_so_far(ada)) CHECK((told["user_id"] != bob.id || told["online"] == true));
  CHECK(presence_in_list(ada, bob)["online"] == true);

  phone.hang_up();
  expect_presence(ada, bob, false);
  CHECK(presence_in_list(ada, bob)["online"] == false);
  CHECK(presence_in_list(ada, bob)["last_seen"].is_string());
  CHECK(eve.socket().collect("presence").empty());
}

TEST_CASE("presence: whoever was welcomed is there for everybody who asks", "[presence]") {
  Person ada(server(), "ada"), bob(server(), "bob"), eve(server(), "eve");
  make_friends(ada, bob);
  for (int i = 0; i < 10; ++i) {
    bob.connect();
    CHECK(presence_in_list(ada, bob)["online"] == true);
    eve.connect();
    CHECK(watch(eve, {bob.id})["type"] == "ok");
    CHECK(state_of(eve, bob.id)["online"] == true);
    bob.hang_up();
  }
}

TEST_CASE("presence: new friends learn at once who is there", "[presence]") {
  Person ada(server(), "ada"), bob(server(), "bob");
  for (auto* person : {&ada, &bob}) person->socket();
  make_friends(ada, bob);
  expect_presence(ada, bob, true);
  expect_presence(bob, ada, true);
}

TEST_CASE("presence: whoever hides is seen by nobody", "[presence]") {
  Person ada(server(), "ada"), bob(server(), "bob");
  make_friends(ada, bob);
  for (auto* person : {&ada, &bob}) person->socket();
  expect_presence(ada, bob, true);
  const auto show = [&](bool on) {
    return bob.http.patch("/api/v1/users/me/preferences", {{"show_presence", on}}).status;
  };
  CHECK(show(false) == 200);
  expect_hidden(ada, bob.id);
  ada.socket().collect("presence");  // older ones
  CHECK(presence_in_list(ada, bob) == hidden(bob.id));
  bob.hang_up();
  bob.socket();
  CHECK(watch(ada, {bob.id})["type"] == "ok");
  expect_hidden(ada, bob.id);
  for (const auto& told : presence_so_far(ada)) {
    if (told["user_id"] == bob.id) CHECK(told == hidden(bob.id));
  }
  CHECK(show(true) == 200);
  expect_presence(ada, bob, true);
}

TEST_CASE("presence: watchers get the state and what becomes of it", "[presence][json]") {
  Person ada(server(), "ada"), bob(server(), "bob"), eve(server(), "eve"), kim(server(), "kim");
  make_friends(bob, kim);
  for (auto* person : {&ada, &kim, &bob}) person->socket();
  expect_presence(kim, bob, true);
  const auto answer = watch(ada, {bob.id, eve.id, "1"});
  CHECK(answer["type"] == "ok");
  CHECK(answer["data"].empty());
  CHECK(state_of(ada, bob.id)["online"] == true);
  CHECK(state_of(ada, eve.id) == hidden(eve.id));
  CHECK(state_of(ada, "1") == hidden("1"));
  eve.socket();
  expect_presence(ada, eve, true);
  bob.hang_up();
  expect_presence(ada, bob, false);

  // The next watch replaces the last one.
  CHECK(watch(ada, {bob.id})["type"] == "ok");
  CHECK(state_of(ada, bob.id)["online"] == false);
  eve.hang_up();
  bob.socket();
  expect_presence(ada, bob, true);
  CHECK(ada.socket().collect("presence").empty());
  CHECK(watch(ada, {})["type"] == "ok");

  CHECK(watch(ada, {bob.id, eve.id, "1", "2"})["data"]["code"] == "request.invalid");
  CHECK(ada.socket().request("presence.watch", json::object())["data"]["code"] == "request.invalid");
  CHECK(ada.socket().request("presence.watch", {{"user_ids", {1}}})["data"]["code"] == "request.invalid");
  CHECK(ada.http.get("/api/v1/client-config").json["limits"]["presence_watch"] == 3);
}

TEST_CASE("presence: a watch ends with the right to see", "[presence]") {
  Person ada(server(), "ada"), bob(server(), "bob"), eve(server(), "eve");
  make_friends(bob, eve);
  for (auto* person : {&ada, &eve, &bob}) person->socket();
  expect_presence(eve, bob, true);
  watch(ada, {bob.id});
  expect_presence(ada, bob, true);
  // Blocked, somebody looks as if they had gone.
  CHECK(block(bob, ada).status == 204);
  expect_hidden(ada, bob.id);
  ada.socket().collect("presence");  // older ones
  bob.hang_up();
  expect_presence(eve, bob, false);
  bob.socket();
  expect_presence(eve, bob, true);
  CHECK(watch(bob, {ada.id})["type"] == "ok");
  expect_hidden(bob, ada.id);
  // Nothing of what happened in between came through.
  for (const auto& told : ada.socket().collect("presence")) CHECK(told == hidden(bob.id));
  CHECK(unblock(bob, ada).status == 204);
  expect_presence(ada, bob, true);

  CHECK(bob.http.patch("/api/v1/users/me/preferences", {{"direct_messages_from", "friends"}}).status == 200);
  expect_hidden(ada, bob.id);
  make_friends(ada, bob);
  expect_presence(ada, bob, true);
}

TEST_CASE("presence: a short absence is not seen", "[presence]") {
  const ServerProcess patient({"presence.grace=60s"});
  Person ada(patient, "ada"), bob(patient, "bob"), eve(patient, "eve");
  make_friends(ada, bob);
  make_friends(ada, eve);
  for (auto* person : {&ada, &bob}) person->socket();
  expect_presence(ada, bob, true);
  (void)ada.socket().collect("presence");  // what becoming friends told of eve may come late
  for (int i = 0; i < 5; ++i) {
    bob.hang_up();
    bob.connect();
  }
  bob.hang_up();
  eve.socket();
  expect_presence(ada, eve, true);
  CHECK(ada.socket().collect("presence").empty());
  CHECK(presence_in_list(ada, bob)["online"] == true);
}

TEST_CASE("presence: a crash leaves no ghosts", "[presence]") {
  ServerProcess mortal;
  Person ada(mortal, "ada"), bob(mortal, "bob");
  make_friends(ada, bob);
  ada.socket();
  bob.socket();
  expect_presence(ada, bob, true);
  mortal.signal(SIGKILL);
  mortal.wait_exit();
  ada.hang_up();
  bob.hang_up();
  mortal.start();
  const auto seen = presence_in_list(ada, bob);
  CHECK(seen["online"] == false);
  CHECK(seen["last_seen"].is_string());
}

}  // namespace netherlink::test
