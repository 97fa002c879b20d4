#include <algorithm>
#include <atomic>
#include <thread>

#include "support/catch.hpp"
#include "support/people.hpp"

namespace netherlink::test {
namespace {

using nlohmann::json;

ServerProcess& server() {
  static ServerProcess process({"friends.max_pending=3", "friends.max_friends=4", "friends.message_bytes=20"});
  return process;
}

constexpr const char* requests_path = "/api/v1/friends/requests";

HttpAnswer answer_request(Person& who, const json& request, const std::string& how) {
  return who.http.request("POST", requests_path + ("/" + request.at("id").get<std::string>()) + "/" + how);
}

bool is_friend(Person& who, const Person& other) {
  const auto all = whole_list(who, "/api/v1/friends");
  return std::any_of(all.begin(), all.end(), [&](const json& item) { return item["user"]["id"] == other.id; });
}

/// What reached `who` so far, ended by a request from somebody new: everything before it has arrived.
std::vector<json> frames_so_far(Person& who, const std::string& type) {
  Person stranger(server(), "stranger");
  ask_to_be_friends(stranger, who);
  who.socket().expect("friend.request", [&](const json& data) { return data["request"]["from"]["id"] == stranger.id; });
  return who.socket().collect(type);
}

}  // namespace

TEST_CASE("friends: a request is told, listed and accepted", "[friends]") {
  Person ada(server(), "ada"), bob(server(), "bob");
  auto phone = bob.sign_in();
  for (auto* person : {&ada, &bob, &phone}) person->socket();

  const auto asked = ask_to_be_friends(ada, bob, "hello");
  REQUIRE(asked.status == 201);
  CHECK(asked.json["from"]["id"] == ada.id);
  CHECK(asked.json["to"]["id"] == bob.id);
  CHECK(asked.json["message"] == "hello");
  CHECK(asked.json["status"] == "pending");
  for (auto* person : {&ada, &bob, &phone}) {
    CHECK(person->socket().expect("friend.request")["request"] == asked.json);
  }
  CHECK(whole_list(bob, requests_path) == std::vector{asked.json});
  CHECK(whole_list(bob, std::string(requests_path) + "?direction=in") == std::vector{asked.json});
  CHECK(whole_list(bob, std::string(requests_path) + "?direction=out").empty());
  CHECK(whole_list(ada, std::string(requests_path) + "?direction=out") == std::vector{asked.json});
  CHECK_FALSE(is_friend(ada, bob));

  // Only who was asked can answer.
  CHECK(answer_request(ada, asked.json, "accept").code() == "resource.not_found");
  const auto accepted = answer_request(bob, asked.json, "accept");
  REQUIRE(accepted.status == 200);
  CHECK(accepted.json["status"] == "accepted");
  for (auto* person : {&bob, &phone}) {
    const auto told = person->socket().expect("friend.accepted");
    CHECK(told["user"]["id"] == ada.id);
    CHECK(told["since"] == whole_list(bob, "/api/v1/friends").front()["since"]);
  }
  CHECK(ada.socket().expect("friend.accepted")["user"]["id"] == bob.id);
  CHECK(answer_request(bob, asked.json, "accept").json == accepted.json);
  CHECK(answer_request(bob, asked.json, "reject").status == 404);
  CHECK(whole_list(bob, requests_path).empty());
  CHECK(is_friend(ada, bob));
  CHECK(is_friend(bob, ada));
  CHECK(ask_to_be_friends(ada, bob).code() == "friend.already");
  CHECK(ask_to_be_friends(bob, ada).code() == "friend.already");
}

TEST_CASE("friends: requests are refused for a reason", "[friends]") {
  Person ada(server(), "ada"), bob(server(), "bob");
  CHECK(ada.http.post(requests_path, {{"user_id", "1"}}).code() == "user.not_found");
  CHECK(ada.http.post(requests_path, {{"user_id", ada.id}}).code() == "request.invalid");
  for (const auto& bad :
       {json::object(), json{{"user_id", 5}}, json{{"user_id", bob.id}, {"message", 1}},
        json{{"user_id", bob.id}, {"message", std::string(21, 'x')}},
        json{{"user_id", bob.id}, {"message", std::string(1, '\0')}}, json{{"user_id", bob.id}, {"note", "x"}}}) {
    INFO(bad.dump());
    CHECK(ada.http.post(requests_path, bad).code() == "request.invalid");
  }
  CHECK(ask_to_be_friends(ada, bob, std::string(20, 'x')).status == 201);
  CHECK(ask_to_be_friends(ada, bob).code() == "friend.request_pending");
  CHECK(ada.http.get(std::string(requests_path) + "?direction=up").code() == "request.invalid");
  CHECK(ada.http.get(std::string(requests_path) + "?cursor=x").code() == "request.invalid");
  for (const auto* id : {"1", "0", "x"}) {
    for (const auto* how : {"accept", "reject"}) {
      CHECK(ada.http.request("POST", std::string(requests_path) + "/" + id + "/" + how).code() == "resource.not_found");
    }
  }
  CHECK(ada.http.erase("/api/v1/friends/" + bob.id).code() == "resource.not_found");
  CHECK(ada.http.erase("/api/v1/friends/" + ada.id).code() == "resource.not_found");
}

TEST_CASE("friends: rejecting is silent, and does not forbid to ask again", "[friends]") {
  Person ada(server(), "ada"), bob(server(), "bob");
  auto phone = bob.sign_in();
  for (auto* person : {&ada, &phone}) person->socket();
  const auto asked = ask_to_be_friends(ada, bob).json;
  ada.socket().expect("friend.request");
  phone.socket().expect("friend.request");
  const auto rejected = answer_request(bob, asked, "reject");
  REQUIRE(rejected.status == 200);
  CHECK(rejected.json["status"] == "rejected");
  CHECK(phone.socket().expect("friend.request")["request"] == rejected.json);
  CHECK(answer_request(bob, asked, "reject").json == rejected.json);
  CHECK(answer_request(bob, asked, "accept").code() == "resource.not_found");
  CHECK(whole_list(bob, requests_path).empty());
  CHECK(frames_so_far(ada, "friend.request").empty());
  CHECK(ask_to_be_friends(ada, bob).status == 201);
}

TEST_CASE("friends: two who ask each other are friends, whoever is first", "[friends]") {
  Person ada(server(), "ada"), bob(server(), "bob");
  for (auto* person : {&ada, &bob}) person->socket();
  const auto first = ask_to_be_friends(ada, bob).json;
  const auto second = ask_to_be_friends(bob, ada);
  REQUIRE(second.status == 201);
  CHECK(second.json["from"]["id"] == bob.id);
  CHECK(second.json["status"] == "accepted");
  CHECK(ada.socket().expect("friend.accepted")["user"]["id"] == bob.id);
  CHECK(bob.socket().expect("friend.accepted")["user"]["id"] == ada.id);
  CHECK(answer_request(bob, first, "accept").json["status"] == "accepted");

  for (int round = 0; round < 8; ++round) {
    Person eve(server(), "eve"), kim(server(), "kim");
    for (auto* person : {&eve, &kim}) person->socket();
    std::atomic<int> ready{0};
    HttpAnswer answers[2];
    const auto ask = [&](Person& from, Person& to, HttpAnswer& answer) {
      from.http.get("/api/v1/users/me");  // the connection is there
      for (++ready; ready < 2;) std::this_thread::yield();
      answer = ask_to_be_friends(from, to);
    };
    std::thread other([&] { ask(kim, eve, answers[1]); });
    ask(eve, kim, answers[0]);
    other.join();
    int accepted = 0;
    for (const auto& answer : answers) {
      CHECK(answer.status == 201);
      if (answer.json["status"] == "accepted") ++accepted;
    }
    CHECK(accepted == 1);
    CHECK(is_friend(eve, kim));
    CHECK(is_friend(kim, eve));
    for (auto* person : {&eve, &kim}) {
      person->socket().expect("friend.accepted");
      CHECK(person->socket().collect("friend.accepted").empty());
      CHECK(whole_list(*person, requests_path).empty());
      CHECK(whole_list(*person, std::string(requests_path) + "?direction=out").empty());
    }
  }
}

TEST_CASE("friends: either ends a friendship, and both are told", "[friends]") {
  Person ada(server(), "ada"), bob(server(), "bob");
  make_friends(ada, bob);
  auto phone = ada.sign_in();
  for (auto* person : {&ada, &bob, &phone}) person->socket();
  CHECK(ada.http.erase("/api/v1/friends/" + bob.id).status == 204);
  for (auto* person : {&ada, &phone}) CHECK(person->socket().expect("friend.removed")["user_id"] == bob.id);
  CHECK(bob.socket().expect("friend.removed")["user_id"] == ada.id);
  CHECK_FALSE(is_friend(ada, bob));
  CHECK_FALSE(is_friend(bob, ada));
  CHECK(bob.http.erase("/api/v1/friends/" + ada.id).code() == "resource.not_found");
  make_friends(bob, ada);
  CHECK(is_friend(ada, bob));
}

TEST_CASE("friends: limits hold to the last one", "[friends]") {
  Person ada(server(), "ada");
  std::vector<std::unique_ptr<Person>> others;
  for (int i = 0; i < 5; ++i) others.push_back(std::make_unique<Person>(server(), "other"));
  for (int i = 0; i < 3; ++i) CHECK(ask_to_be_friends(ada, *others[static_cast<std::size_t>(i)]).status == 201);
  CHECK(ask_to_be_friends(ada, *others[3]).code() == "friend.too_many");
  for (int i = 0; i < 3; ++i) {
    CHECK(ask_to_be_friends(*others[static_cast<std::size_t>(i)], ada).json["status"] == "accepted");
  }
  CHECK(ask_to_be_friends(ada, *others[3]).status == 201);
  CHECK(ask_to_be_friends(*others[3], ada).json["status"] == "accepted");
  const auto asked = ask_to_be_friends(*others[4], ada).json;
  CHECK(answer_request(ada, asked, "accept").code() == "friend.too_many");
  CHECK(ask_to_be_friends(ada, *others[4]).code() == "friend.too_many");
  CHECK(whole_list(ada, "/api/v1/friends").size() == 4);

  const auto limits = ada.http.get("/api/v1/client-config").json["limits"];
  CHECK(limits["friends"] == 4);
  CHECK(limits["friend_requests"] == 3);
  CHECK(limits["friend_message_bytes"] == 20);
}

TEST_CASE("friends: lists page by a cursor", "[friends]") {
  Person ada(server(), "ada");
  std::vector<std::unique_ptr<Person>> others;
  for (int i = 0; i < 4; ++i) {
    others.push_back(std::make_unique<Person>(server(), "other"));
    if (i % 2 == 0) make_friends(ada, *others.back());
    ask_to_be_friends(*others.back(), ada);
    others.push_back(std::make_unique<Person>(server(), "asking"));
    ask_to_be_friends(*others.back(), ada);
  }
  const auto requests = whole_list(ada, requests_path, 200);
  CHECK(requests.size() == 6);
  CHECK(std::is_sorted(requests.begin(), requests.end(),
                       [](const json& a, const json& b) { return a["created_at"] > b["created_at"]; }));
  for (int limit : {1, 2, 5, 6}) CHECK(whole_list(ada, requests_path, limit) == requests);
  const auto ids = [](const std::vector<json>& items) {
    std::vector<std::string> all;
    for (const auto& item : items) all.push_back(item["user"]["id"]);
    return all;
  };
  CHECK(whole_list(ada, "/api/v1/friends").size() == 2);
  CHECK(ids(whole_list(ada, "/api/v1/friends", 1)) == ids(whole_list(ada, "/api/v1/friends")));
  for (const auto* path : {"/api/v1/friends", "/api/v1/blocks", requests_path}) {
    CHECK(ada.http.get(std::string(path) + "?limit=0").code() == "request.invalid");
    CHECK(ada.http.get(std::string(path) + "?limit=201").code() == "request.invalid");
    CHECK(HttpClient(server().port()).get(path).code() == "auth.required");
  }
}

}  // namespace netherlink::test
