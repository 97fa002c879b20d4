#include <atomic>
#include <thread>

#include "support/catch.hpp"
#include "support/people.hpp"

namespace netherlink::test {
namespace {

using nlohmann::json;

ServerProcess& server() {
  static ServerProcess process({"friends.max_blocks=3", "presence.grace=100ms"});
  return process;
}

}  // namespace

TEST_CASE("friends: a block is kept, listed and lifted", "[friends]") {
  Person ada(server(), "ada"), bob(server(), "bob");
  CHECK(whole_list(ada, "/api/v1/blocks").empty());
  for (int again = 0; again < 2; ++again) CHECK(block(ada, bob).status == 204);
  const auto listed = whole_list(ada, "/api/v1/blocks");
  REQUIRE(listed.size() == 1);
  CHECK(listed.front() == bob.http.get("/api/v1/users/" + bob.id).json);
  CHECK(whole_list(bob, "/api/v1/blocks").empty());
  for (int again = 0; again < 2; ++again) CHECK(unblock(ada, bob).status == 204);
  CHECK(whole_list(ada, "/api/v1/blocks").empty());

  CHECK(ada.http.request("PUT", "/api/v1/blocks/" + ada.id).code() == "request.invalid");
  CHECK(ada.http.request("PUT", "/api/v1/blocks/1").code() == "user.not_found");
  CHECK(ada.http.request("PUT", "/api/v1/blocks/x").code() == "user.not_found");
  CHECK(ada.http.erase("/api/v1/blocks/1").status == 204);
  for (int i = 0; i < 3; ++i) CHECK(block(ada, Person(server(), "other")).status == 204);
  CHECK(whole_list(ada, "/api/v1/blocks", 1).size() == 3);
  CHECK(block(ada, bob).code() == "friend.too_many");
  CHECK(ada.http.get("/api/v1/client-config").json["limits"]["blocks"] == 3);
}

TEST_CASE("friends: a block cuts messages both ways, at once, on REST and socket", "[friends]") {
  Person ada(server(), "ada"), bob(server(), "bob");
  for (auto* person : {&ada, &bob}) person->socket();
  CHECK(try_to_write(ada, bob).status == 201);
  CHECK(try_to_say(bob, ada)["type"] == "message.ack");
  CHECK(try_to_say(ada, bob)["type"] == "message.ack");

  REQUIRE(block(ada, bob).status == 204);
  for (auto [from, to] : {std::pair(&ada, &bob), std::pair(&bob, &ada)}) {
    const auto answer = try_to_write(*from, *to);
    CHECK(answer.status == 403);
    CHECK(answer.code() == "user.not_reachable");
    CHECK(from->http.post("/api/v1/chat/messages", text_message(from->with(*to), "by id")).code() ==
          "user.not_reachable");
    for (int again = 0; again < 2; ++again) {
      const auto frame = try_to_say(*from, *to);
      CHECK(frame["type"] == "error");
      CHECK(frame["data"]["code"] == "user.not_reachable");
    }
    CHECK(ask_to_be_friends(*from, *to).code() == "user.not_reachable");
  }
  // What was said stays, and elsewhere they still meet.
  CHECK(whole_history(bob, bob.with(ada)).size() == 3);
  CHECK_NOTHROW(bob.post("world", "hello, everybody"));

  REQUIRE(unblock(ada, bob).status == 204);
  CHECK(try_to_say(bob, ada)["type"] == "message.ack");
  CHECK(try_to_write(ada, bob).status == 201);
  CHECK(ask_to_be_friends(bob, ada).status == 201);
}

TEST_CASE("friends: a block ends friendship and requests without telling of itself", "[friends]") {
  Person ada(server(), "ada"), bob(server(), "bob"), eve(server(), "eve"), kim(server(), "kim");
  make_friends(ada, bob);
  const auto asked = ask_to_be_friends(eve, ada).json;
  CHECK(ask_to_be_friends(ada, kim).status == 201);
  for (auto* person : {&ada, &bob, &eve, &kim}) person->socket();
  for (auto* person : {&bob, &eve, &kim}) REQUIRE(block(ada, *person).status == 204);

  // For bob it looks like the end of a friendship; eve and kim hear nothing.
  CHECK(bob.socket().expect("friend.removed")["user_id"] == ada.id);
  CHECK(ada.socket().expect("friend.removed")["user_id"] == bob.id);
  const auto withdrawn = ada.socket().expect("friend.request")["request"];
  CHECK(withdrawn["id"] == asked["id"]);
  CHECK(withdrawn["status"] == "rejected");
  Person last(server(), "last");
  for (auto* person : {&eve, &kim}) {
    ask_to_be_friends(last, *person);
    const auto first = person->socket().expect("friend.request");
    CHECK(first["request"]["from"]["id"] == last.id);
    CHECK(person->socket().collect("friend.request").empty());
    CHECK(person->socket().collect("friend.removed").empty());
  }
  CHECK(whole_list(ada, "/api/v1/friends").empty());
  CHECK(whole_list(bob, "/api/v1/friends").empty());
  CHECK(whole_list(ada, "/api/v1/friends/requests").empty());
  CHECK(whole_list(ada, "/api/v1/friends/requests?direction=out").empty());
  CHECK(whole_list(eve, "/api/v1/friends/requests?direction=out").empty());
  CHECK(ada.http.request("POST", "/api/v1/friends/requests/" + asked["id"].get<std::string>() + "/accept").code() ==
        "resource.not_found");
  // The profile is public all the same.
  CHECK(bob.http.get("/api/v1/users/" + ada.id).status == 200);
  CHECK(unblock(ada, bob).status == 204);
  CHECK(whole_list(bob, "/api/v1/friends").empty());
}

TEST_CASE("friends: what is sent after a block was answered is refused, however fast", "[friends]") {
  Person ada(server(), "ada"), bob(server(), "bob");
  for (auto* person : {&ada, &bob}) person->socket();
  std::atomic<bool> stop{false};
  std::atomic<int> phase{0}, sent{0}, wrong{0};  // phase: odd while ada blocks bob
  std::thread sender([&] {
    while (!stop) {
      const int before = phase;
      const auto frame = try_to_say(bob, ada);
      if (frame["type"] == "message.ack") {
        ++sent;
        if (before % 2 == 1 && phase == before) ++wrong;
      } else if (frame["data"]["code"] != "user.not_reachable") {
        ++wrong;
      }
    }
  });
  for (int round = 0; round < 5; ++round) {
    for (const int before = sent; sent < before + 3;) std::this_thread::yield();
    CHECK(block(ada, bob).status == 204);
    ++phase;
    CHECK(try_to_write(ada, bob).code() == "user.not_reachable");
    ++phase;
    CHECK(unblock(ada, bob).status == 204);
  }
  stop = true;
  sender.join();
  CHECK(wrong == 0);
  CHECK(whole_history(ada, ada.with(bob)).size() == static_cast<std::size_t>(sent));
}

}  // namespace netherlink::test
