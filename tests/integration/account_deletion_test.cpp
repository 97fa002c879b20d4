#include <algorithm>
#include <atomic>
#include <thread>

#include "support/catch.hpp"
#include "support/people.hpp"

namespace netherlink::test {
namespace {

using nlohmann::json;

ServerProcess& server() {
  static ServerProcess process({"presence.grace=0ms"});
  return process;
}

HttpAnswer remove(Person& who, const std::string& password) {
  return who.http.request("DELETE", "/api/v1/users/me", json{{"password", password}});
}

HttpAnswer sign_in(const std::string& name, const std::string& password) {
  HttpClient http(server().port());
  return http.post("/api/v1/auth/login", {{"username", name}, {"password", password}});
}

}  // namespace

TEST_CASE("users: deleting an account asks for the password", "[users]") {
  Person ada(server(), "ada");
  const auto wrong = remove(ada, "not the password");
  CHECK(wrong.status == 403);
  CHECK(wrong.code() == "auth.invalid_credentials");
  CHECK(ada.http.request("DELETE", "/api/v1/users/me", json::object()).code() == "request.invalid");
  CHECK(ada.http.erase("/api/v1/users/me").status >= 400);
  CHECK(ada.http.get("/api/v1/users/me").status == 200);
}

TEST_CASE("users: a deleted account is gone everywhere, and its messages stay", "[users]") {
  Person ada(server(), "ada"), bob(server(), "bob"), eve(server(), "eve");
  auto phone = ada.sign_in();
  make_friends(ada, bob);
  ask_to_be_friends(ada, eve);
  CHECK(block(eve, ada).status == 204);
  Person kim(server(), "kim");
  ask_to_be_friends(kim, ada);
  for (auto* person : {&ada, &bob, &phone}) person->socket();
  ada.say(ada.with(bob), "what stays");
  bob.say(ada.with(bob), "an answer");

  REQUIRE(remove(ada, ada.password).status == 204);
  for (auto* device : {&ada, &phone}) {
    CHECK(device->socket().wait_close() == 4002);
    CHECK(device->http.get("/api/v1/users/me").code() == "auth.session_revoked");
    CHECK(device->http.post("/api/v1/auth/refresh", {{"refresh_token", device->refresh_token}}).code() ==
          "auth.refresh_invalid");
  }
  CHECK(sign_in(ada.username, ada.password).code() == "auth.invalid_credentials");
  CHECK(bob.socket().expect("friend.removed")["user_id"] == ada.id);

  const auto left = bob.http.get("/api/v1/users/" + ada.id);
  REQUIRE(left.status == 200);
  CHECK(left.json["nickname"] == "deleted user");
  CHECK(left.json["deleted"] == true);
  for (const auto* field : {"username", "avatar_url", "bio"}) CHECK(left.json[field] == "");
  CHECK(whole_list(bob, "/api/v1/friends").empty());
  CHECK(whole_list(eve, "/api/v1/blocks").empty());
  CHECK(whole_list(kim, "/api/v1/friends/requests?direction=out").empty());
  CHECK(whole_list(bob, "/api/v1/users?query=" + ada.username).empty());

  const auto history = whole_history(bob, ada.with(bob));
  REQUIRE(history.size() == 2);
  CHECK(history[0]["content"] == "what stays");
  CHECK(history[0]["sender_id"] == ada.id);
  const auto conversation = bob.http.get("/api/v1/conversations/" + ada.with(bob)).json;
  CHECK(conversation["name"] == "deleted user");

  // Nothing reaches them any more.
  CHECK(try_to_write(bob, ada).code() == "user.not_found");
  CHECK(try_to_say(bob, ada)["data"]["code"] == "user.not_found");
  CHECK(ask_to_be_friends(bob, ada).code() == "user.not_found");
  CHECK(block(bob, ada).code() == "user.not_found");
  CHECK(unblock(bob, ada).status == 204);
}

TEST_CASE("users: the name of a deleted account is free, and is somebody else's then", "[users]") {
  Person ada(server(), "ada");
  REQUIRE(remove(ada, ada.password).status == 204);
  HttpClient http(server().port());
  const auto again = http.post("/api/v1/auth/register", {{"username", ada.username}, {"password", ada.password}});
  REQUIRE(again.status == 201);
  CHECK(again.json["user"]["id"] != ada.id);
  CHECK(sign_in(ada.username, ada.password).status == 200);
  CHECK(ada.http.get("/api/v1/users/me").code() == "auth.session_revoked");
}

TEST_CASE("users: an account deleted while its owner signs in leaves nobody signed in", "[users]") {
  for (int round = 0; round < 4; ++round) {
    Person ada(server(), "ada");
    auto phone = ada.sign_in();
    std::atomic<bool> stop{false};
    std::atomic<int> entered{0};
    std::vector<std::string> tokens;
    std::thread visitor([&] {
      while (!stop) {
        const auto answer = sign_in(ada.username, ada.password);
        if (answer.status == 200) {
          tokens.push_back(answer.json["access_token"]);
          ++entered;
        } else if (answer.code() != "auth.invalid_credentials") {
          tokens.push_back("refused with " + answer.body);
        }
      }
    });
    while (entered < 2) std::this_thread::yield();
    HttpAnswer answers[2];
    std::thread twice([&] { answers[1] = remove(phone, phone.password); });
    answers[0] = remove(ada, ada.password);
    twice.join();
    CHECK(sign_in(ada.username, ada.password).code() == "auth.invalid_credentials");
    stop = true;
    visitor.join();
    // Whoever comes second finds it done, or is signed out already.
    for (const auto& answer : answers) CHECK((answer.status == 204 || answer.code() == "auth.session_revoked"));
    CHECK((answers[0].status == 204 || answers[1].status == 204));
    for (const auto& token : tokens) {
      HttpClient http(server().port());
      http.set_token(token);
      CHECK(http.get("/api/v1/users/me").code() == "auth.session_revoked");
    }
  }
}

TEST_CASE("users: friends made while an account is deleted are none", "[users]") {
  for (int round = 0; round < 6; ++round) {
    Person ada(server(), "ada"), bob(server(), "bob");
    ask_to_be_friends(ada, bob);
    std::atomic<int> ready{0};
    HttpAnswer asked;
    std::thread other([&] {
      bob.http.get("/api/v1/users/me");
      for (++ready; ready < 2;) std::this_thread::yield();
      asked = ask_to_be_friends(bob, ada);
    });
    for (++ready; ready < 2;) std::this_thread::yield();
    CHECK(remove(ada, ada.password).status == 204);
    other.join();
    CHECK((asked.status == 201 || asked.code() == "user.not_found"));
    CHECK(whole_list(bob, "/api/v1/friends").empty());
    CHECK(whole_list(bob, "/api/v1/friends/requests?direction=out").empty());
    CHECK(whole_list(bob, "/api/v1/friends/requests").empty());
  }
}

}  // namespace netherlink::test
