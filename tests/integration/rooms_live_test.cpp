#include "support/catch.hpp"
#include "support/people.hpp"
#include "support/rooms.hpp"

namespace netherlink::test {
namespace {

using nlohmann::json;

std::string path(const json& room) {
  return "/api/v1/rooms/" + room.at("id").get<std::string>();
}

/// People go at once, and lose their seat soon.
ServerProcess& hasty() {
  static ServerProcess process({"presence.grace=0ms", "rooms.seat_grace=300ms", "rooms.watch_interval=10ms"});
  return process;
}

/// People go at once, and keep their seat.
ServerProcess& patient() {
  static ServerProcess process({"presence.grace=0ms", "rooms.seat_grace=1h", "rooms.watch_interval=10ms"});
  return process;
}

json member(const json& room, const Person& who) {
  for (const auto& one : room.at("members")) {
    if (one.at("user_id") == who.id) return one;
  }
  return json::object();
}

auto of_room(const json& room) {
  return [id = room.at("id")](const json& data) {
    return data.contains("room") ? data["room"]["id"] == id : data.value("room_id", json()) == id;
  };
}

}  // namespace

TEST_CASE("rooms: whoever drops keeps the seat for a while and then loses it", "[rooms]") {
  Person ada(hasty(), "ada"), bob(hasty(), "bob");
  ada.socket();
  bob.socket();
  const auto room = open_room(ada);
  in_room(bob, room, "join");
  bob.socket().expect("room.updated");
  ada.hang_up();
  const auto offline = [&](const json& data) { return member(data["room"], ada).value("online", true) == false; };
  bob.socket().expect("room.updated", offline);
  const auto dropped = [](const json& data) { return data["reason"] == "dropped"; };
  CHECK(bob.socket().expect("room.member_left", dropped)["user_id"] == ada.id);
  const auto owned = [&](const json& data) { return data["room"]["owner_id"] == bob.id; };
  bob.socket().expect("room.updated", owned);
  CHECK(try_to_open_room(ada).status == 201);

  bob.hang_up();
  const auto deadline = Clock::now() + patience;
  while (ada.http.get(path(room)).status != 404) REQUIRE(Clock::now() < deadline);
}

TEST_CASE("rooms: whoever comes back in time is there again, also after a restart of the server", "[rooms]") {
  ServerProcess server({"presence.grace=0ms", "rooms.seat_grace=1h"});
  Person ada(server, "ada"), bob(server, "bob");
  ada.socket();
  bob.socket();
  const auto room = open_room(ada);
  in_room(bob, room, "join");
  in_room(bob, room, "ready", {{"ready", true}});
  in_room(ada, room, "start");
  bob.hang_up();
  const auto offline = [&](const json& data) { return member(data["room"], bob).value("online", true) == false; };
  ada.socket().expect("room.updated", offline);
  bob.socket();
  const auto online = [&](const json& data) { return member(data["room"], bob).value("online", false); };
  ada.socket().expect("room.updated", online);

  server.kill();
  server.start();
  for (auto* person : {&ada, &bob}) {
    person->http.disconnect();
    person->connect();
  }
  const auto deadline = Clock::now() + patience;
  for (;;) {
    const auto found = ada.http.get(path(room)).json;
    CHECK(found["status"] == "playing");
    CHECK(found["player_count"] == 2);
    if (member(found, ada)["online"] == true && member(found, bob)["online"] == true) break;
    REQUIRE(Clock::now() < deadline);
  }
  CHECK(try_to_open_room(bob).code() == "room.in_another");
  CHECK(in_room(ada, room, "finish").status == 200);
  ada.say(room["conversation_id"], "still here");
  const auto said = [](const json& data) { return data["message"]["content"] == "still here"; };
  bob.socket().expect("message.new", said);
}

TEST_CASE("rooms: abandoned rooms end after a crash", "[rooms]") {
  ServerProcess server({"presence.grace=0ms", "rooms.seat_grace=200ms"});
  Person ada(server, "ada"), eve(server, "eve");
  ada.socket();
  const auto room = open_room(ada);
  server.kill();
  ada.hang_up();
  server.start();
  eve.http.disconnect();
  const auto deadline = Clock::now() + patience;
  while (eve.http.get(path(room)).status != 404) REQUIRE(Clock::now() < deadline);
}

TEST_CASE("rooms: those who watch the list hear of what they asked for", "[rooms]") {
  Person ada(patient(), "ada"), go(patient(), "go"), chess(patient(), "chess"), all(patient(), "all");
  const auto game = unique("go"), other = unique("chess");
  CHECK(go.socket().request("rooms.watch", {{"filter", {{"game", game}, {"status", "waiting"}}}})["type"] == "ok");
  chess.socket().ask("rooms.watch", {{"filter", {{"game", other}}}}, "ok");
  all.socket().ask("rooms.watch", json::object(), "ok");
  CHECK(go.socket().request("rooms.watch", {{"filter", {{"status", "open"}}}})["data"]["code"] == "request.invalid");

  const auto room = open_room(ada, {{"game", game}});
  const auto told = go.socket().expect("room.updated", of_room(room))["room"];
  CHECK(told["player_count"] == 1);
  CHECK_FALSE(told.contains("members"));
  all.socket().expect("room.updated", of_room(room));
  in_room(ada, room, "start");
  const auto playing = [](const json& data) { return data["room"]["status"] == "playing"; };
  go.socket().expect("room.updated", playing);  // it matches no more
  in_room(ada, room, "finish");
  const auto ended = [](const json& data) { return data["room"]["status"] == "ended"; };
  all.socket().expect("room.updated", ended);
  in_room(ada, room, "reopen");
  const auto waiting = [](const json& data) { return data["room"]["status"] == "waiting"; };
  go.socket().expect("room.updated", waiting);
  ada.http.patch(path(room), {{"visibility", "private"}});
  CHECK(go.socket().expect("room.closed", of_room(room))["reason"] == "hidden");
  ada.http.patch(path(room), {{"visibility", "public"}});
  go.socket().expect("room.updated", of_room(room));
  ada.http.erase(path(room));
  CHECK(go.socket().expect("room.closed", of_room(room))["reason"] == "closed");
  all.socket().expect("room.closed", of_room(room));

  all.socket().ask("rooms.unwatch", json::object(), "ok");
  const auto last = open_room(ada, {{"game", other}});
  chess.socket().expect("room.updated", of_room(last));
  for (const auto& frame : go.socket().collect("room.updated")) CHECK(frame["room"]["game"] != other);
  for (const auto& frame : chess.socket().collect("room.updated")) CHECK(frame["room"]["game"] == other);
  for (const auto& frame : all.socket().collect("room.updated")) CHECK(frame["room"]["id"] != last["id"]);
}

TEST_CASE("rooms: rooms of friends are told to friends alone, and members hear once", "[rooms]") {
  Person ada(patient(), "ada"), bob(patient(), "bob"), eve(patient(), "eve");
  make_friends(ada, bob);
  for (auto* person : {&ada, &bob, &eve}) person->socket().ask("rooms.watch", json::object(), "ok");
  const auto room = open_room(ada, {{"visibility", "friends"}});
  for (auto* person : {&ada, &bob}) person->socket().expect("room.updated", of_room(room));
  CHECK(in_room(eve, room, "join").code() == "resource.not_found");
  CHECK(in_room(bob, room, "join").status == 200);
  const auto later = open_room(eve);  // behind everything that was told before
  ada.socket().expect("room.updated", of_room(later));
  std::size_t heard = 0;
  for (const auto& frame : ada.socket().collect("room.updated")) {
    if (frame["room"]["id"] == room["id"]) {
      ++heard;
      CHECK(frame["room"].contains("members"));
    }
  }
  CHECK(heard == 1);
  for (const auto& frame : eve.socket().collect("room.updated")) CHECK(frame["room"]["id"] != room["id"]);
}

TEST_CASE("rooms: friends see in which room one is", "[rooms]") {
  Person ada(patient(), "ada"), bob(patient(), "bob");
  make_friends(ada, bob);
  ada.socket();
  bob.socket();
  const auto room = open_room(ada);
  const auto is_there = [&](const json& data) {
    return data["user_id"] == ada.id && data.value("room_id", json()) == room["id"];
  };
  bob.socket().expect("presence", is_there);
  CHECK(bob.http.get("/api/v1/friends").json["items"][0]["presence"]["room_id"] == room["id"]);
  in_room(ada, room, "leave");
  const auto is_nowhere = [&](const json& data) { return data["user_id"] == ada.id && !data.contains("room_id"); };
  bob.socket().expect("presence", is_nowhere);
  open_room(ada, {{"visibility", "private"}});
  CHECK_FALSE(bob.http.get("/api/v1/friends").json["items"][0]["presence"].contains("room_id"));
}

TEST_CASE("rooms: an account that is deleted leaves its room", "[rooms]") {
  Person ada(patient(), "ada"), bob(patient(), "bob");
  bob.socket();
  const auto room = open_room(ada);
  in_room(bob, room, "join");
  CHECK(ada.http.request("DELETE", "/api/v1/users/me", json{{"password", ada.password}}).status == 204);
  CHECK(bob.socket().expect("room.member_left")["user_id"] == ada.id);
  const auto owned = [&](const json& data) { return data["room"]["owner_id"] == bob.id; };
  bob.socket().expect("room.updated", owned);
}

}  // namespace netherlink::test
