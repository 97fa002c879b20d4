// Rooms over two replicas, and after the end of one.
#include <atomic>
#include <thread>

#include "support/catch.hpp"
#include "support/people.hpp"
#include "support/rooms.hpp"
#include "support/stack.hpp"

namespace netherlink::test {
namespace {

using nlohmann::json;

std::string path(const json& room) {
  return "/api/v1/rooms/" + room.at("id").get<std::string>();
}

auto of_room(const json& room) {
  return [id = room.at("id")](const json& data) {
    return data.contains("room") ? data["room"]["id"] == id : data.value("room_id", json()) == id;
  };
}

}  // namespace

TEST_CASE("replicas: a room is one room, wherever its people are", "[replicas][rooms]") {
  Replicas replicas(Stack::shared(), 2, {"presence.grace=0ms", "rooms.seat_grace=1s"});
  replicas.wait_ready();
  Person ada(replicas[0], "ada"), bob(replicas[1], "bob"), eve(replicas[1], "eve");
  for (auto* person : {&ada, &bob, &eve}) person->socket();
  eve.socket().ask("rooms.watch", {{"filter", {{"q", ada.username}}}}, "ok");
  const auto room = open_room(ada);
  eve.socket().expect("room.updated", of_room(room));
  CHECK(in_room(bob, room, "join").status == 200);
  CHECK(ada.socket().expect("room.member_joined", of_room(room))["member"]["user_id"] == bob.id);
  const auto full = [](const json& data) { return data["room"]["player_count"] == 2; };
  eve.socket().expect("room.updated", full);
  const auto chat = room["conversation_id"].get<std::string>();
  const auto of_chat = [&](const json& data) { return data["conversation"]["conversation_id"] == chat; };
  bob.socket().expect("conversation.updated", of_chat);
  ada.say(chat, "hello over there");
  const auto said = [](const json& data) { return data["message"]["content"] == "hello over there"; };
  bob.socket().expect("message.new", said);
  const auto deadline = Clock::now() + patience;
  const auto listed = [&] { return eve.http.get("/api/v1/rooms?q=" + ada.username).json["items"]; };
  while (listed().size() != 1 || listed()[0]["player_count"] != 2) REQUIRE(Clock::now() < deadline);

  // The replica of its owner dies with all it knew: the other one passes the room on.
  replicas[0].kill();
  const auto dropped = [&](const json& data) { return data["user_id"] == ada.id && data["reason"] == "dropped"; };
  bob.socket().expect("room.member_left", dropped, std::chrono::seconds(60));
  const auto owned = [&](const json& data) { return data["room"]["owner_id"] == bob.id; };
  bob.socket().expect("room.updated", owned);
  CHECK(in_room(bob, room, "start").status == 200);
}

TEST_CASE("replicas: whoever races for the last seats, there are never more", "[replicas][rooms]") {
  Replicas replicas(Stack::shared(), 2);
  replicas.wait_ready();
  Person ada(replicas[0], "ada");
  const auto room = open_room(ada, {{"max_players", 3}});
  std::vector<std::unique_ptr<Person>> people;
  for (std::size_t i = 0; i < 8; ++i) people.push_back(std::make_unique<Person>(replicas[i % 2], "racer"));
  std::atomic<int> joined{0};
  std::vector<std::thread> threads;
  for (const auto& person : people) {
    threads.emplace_back([&] {
      if (in_room(*person, room, "join").status == 200) ++joined;
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(joined == 2);
  CHECK(ada.http.get(path(room)).json["player_count"] == 3);
}

}  // namespace netherlink::test
