#include "support/rooms.hpp"
#include "support/catch.hpp"
#include "support/people.hpp"

namespace netherlink::test {
namespace {

using nlohmann::json;
using Names = std::vector<std::string>;

ServerProcess& server() {
  static ServerProcess process({"rooms.max_players=6", "rooms.name_bytes=40", "rooms.game_bytes=20"});
  return process;
}

std::string path(const json& room) {
  return "/api/v1/rooms/" + room.at("id").get<std::string>();
}

Names names(const HttpAnswer& list) {
  Names found;
  for (const auto& item : list.json.at("items")) found.push_back(item.at("name"));
  return found;
}

}  // namespace

TEST_CASE("rooms: the whole life of one", "[rooms]") {
  Person ada(server(), "ada"), bob(server(), "bob");
  ada.socket();
  bob.socket();
  const auto room = open_room(ada, {{"name", "Friday night"}, {"game", "Minecraft"}, {"max_players", 2}});
  CHECK(room["conversation_id"] == "room_" + room["id"].get<std::string>());
  CHECK(room["owner_id"] == ada.id);
  CHECK(room["status"] == "waiting");
  CHECK(room["visibility"] == "public");
  CHECK(room["has_password"] == false);
  CHECK(room["player_count"] == 1);
  CHECK(room["members"][0]["online"] == true);
  CHECK(room["members"][0]["ready"] == false);

  const auto joined = in_room(bob, room, "join");
  CHECK(joined.status == 200);
  CHECK(members_of(joined.json) == Names{ada.username, bob.username});
  const auto member = ada.socket().expect("room.member_joined");
  CHECK(member["room_id"] == room["id"]);
  CHECK(member["member"]["user_id"] == bob.id);
  CHECK(ada.socket().expect("room.updated")["room"]["player_count"] == 2);
  CHECK(in_room(bob, room, "join").status == 200);  // again

  CHECK(in_room(ada, room, "start").code() == "room.not_ready");
  CHECK(in_room(bob, room, "start").code() == "room.forbidden");
  CHECK(in_room(bob, room, "ready", {{"ready", true}}).json["members"][1]["ready"] == true);
  const auto ready = [](const json& data) { return data["room"]["members"][1]["ready"] == true; };
  ada.socket().expect("room.updated", ready);
  CHECK(in_room(ada, room, "start").json["status"] == "playing");
  const auto playing = [](const json& data) { return data["room"]["status"] == "playing"; };
  bob.socket().expect("room.updated", playing);
  CHECK(in_room(ada, room, "start").code() == "room.wrong_state");
  CHECK(in_room(ada, room, "reopen").code() == "room.wrong_state");
  CHECK(in_room(ada, room, "finish").json["status"] == "ended");
  CHECK(in_room(bob, room, "ready", {{"ready", true}}).code() == "room.wrong_state");
  const auto reopened = in_room(ada, room, "reopen").json;
  CHECK(reopened["status"] == "waiting");
  CHECK(reopened["members"][1]["ready"] == false);

  CHECK(in_room(ada, room, "leave").json["owner_id"] == bob.id);
  const auto left = bob.socket().expect("room.member_left");
  CHECK(left == json{{"room_id", room["id"]}, {"user_id", ada.id}, {"reason", "left"}});
  const auto last = in_room(bob, room, "leave");
  CHECK(last.status == 200);
  CHECK(last.json["player_count"] == 0);
  CHECK(bob.socket().expect("room.closed")["reason"] == "empty");
  CHECK(bob.http.get(path(room)).code() == "resource.not_found");
}

TEST_CASE("rooms: its conversation follows who is in it", "[rooms]") {
  Person ada(server(), "ada"), bob(server(), "bob");
  ada.socket();
  bob.socket();
  const auto room = open_room(ada, {{"name", "talkative"}});
  const auto chat = room["conversation_id"].get<std::string>();
  const auto of_chat = [&](const json& data) {
    return data.value("conversation_id", "") == chat ||
           (data.contains("conversation") && data["conversation"]["conversation_id"] == chat);
  };
  CHECK(ada.socket().expect("conversation.updated", of_chat)["conversation"]["name"] == "talkative");
  ada.say(chat, "before");
  CHECK(bob.socket().request("message.send", text_message(chat, "from outside"))["data"]["code"] == "chat.not_member");
  in_room(bob, room, "join");
  bob.socket().expect("conversation.updated", of_chat);
  const auto system = [](const json& data) { return data["message"]["kind"] == "system"; };
  const auto told = ada.socket().expect("message.new", system)["message"];
  CHECK(told["sender_id"] == bob.id);
  CHECK(told["extra"] == json{{"event", "room.member_joined"}, {"user_id", bob.id}});
  ada.say(chat, "after");
  const auto after = [](const json& data) { return data["message"]["content"] == "after"; };
  bob.socket().expect("message.new", after);
  const auto history = bob.http.get("/api/v1/chat/history?conversation_id=" + chat).json["messages"];
  for (const auto& message : history) CHECK(message["content"] != "before");

  in_room(ada, room, "kick", {{"user_id", bob.id}});
  bob.socket().expect("conversation.removed", of_chat);
  CHECK(bob.http.get("/api/v1/conversations/" + chat).status == 404);
  CHECK(ada.http.erase(path(room)).status == 204);
  ada.socket().expect("conversation.removed", of_chat);
}

TEST_CASE("rooms: what may not be is refused", "[rooms]") {
  Person ada(server(), "ada"), bob(server(), "bob"), eve(server(), "eve");
  const auto invalid = [&](const json& fields) { return try_to_open_room(ada, fields); };
  for (const auto& fields :
       {json{{"name", ""}}, json{{"name", std::string(41, 'x')}}, json{{"name", " x"}}, json{{"name", 1}},
        json{{"name", "a\nb"}}, json{{"game", std::string(21, 'x')}}, json{{"game", nullptr}}, json{{"max_players", 0}},
        json{{"max_players", 7}}, json{{"max_players", "4"}}, json{{"visibility", "secret"}}, json{{"password", ""}},
        json{{"password", std::string(129, 'x')}}, json{{"colour", "red"}}}) {
    INFO(fields);
    CHECK(invalid(fields).fields() == Names{fields.begin().key()});
  }
  CHECK(ada.http.post("/api/v1/rooms", json::object()).fields() == Names{"name", "game"});
  CHECK(HttpClient(server().port()).post("/api/v1/rooms", json::object()).code() == "auth.required");

  const auto room = open_room(ada);
  CHECK(try_to_open_room(ada).code() == "room.in_another");
  for (const auto* call : {"join", "leave", "start", "finish", "reopen"}) {
    CHECK(bob.http.post("/api/v1/rooms/99/" + std::string(call), json::object()).code() == "resource.not_found");
    CHECK(bob.http.post("/api/v1/rooms/x/" + std::string(call), json::object()).code() == "resource.not_found");
  }
  for (const auto* call : {"leave", "start", "finish", "reopen", "link"}) {
    CHECK(in_room(bob, room, call).code() == "room.forbidden");
  }
  CHECK(in_room(bob, room, "ready", {{"ready", true}}).code() == "room.forbidden");
  CHECK(in_room(ada, room, "ready").fields() == Names{"ready"});
  CHECK(in_room(ada, room, "start", {{"now", true}}).fields() == Names{"now"});
  in_room(bob, room, "join");
  for (const auto* call : {"kick", "transfer"}) {
    CHECK(in_room(bob, room, call, {{"user_id", ada.id}}).code() == "room.forbidden");
    CHECK(in_room(ada, room, call, {{"user_id", eve.id}}).code() == "user.not_found");
    CHECK(in_room(ada, room, call).fields() == Names{"user_id"});
  }
  CHECK(in_room(ada, room, "kick", {{"user_id", ada.id}}).code() == "request.invalid");
  CHECK(bob.http.patch(path(room), {{"name", "mine"}}).code() == "room.forbidden");
  CHECK(bob.http.erase(path(room)).code() == "room.forbidden");
  CHECK(ada.http.patch(path(room), {{"max_players", 1}}).code() == "room.full");
  CHECK(ada.http.patch(path(room), {{"max_players", 2}}).json["max_players"] == 2);
  CHECK(in_room(eve, room, "join").code() == "room.full");
  CHECK(in_room(ada, room, "start").code() == "room.not_ready");
  in_room(bob, room, "ready", {{"ready", true}});
  in_room(ada, room, "start");
  CHECK(in_room(eve, room, "join").code() == "room.wrong_state");
  CHECK(in_room(ada, room, "transfer", {{"user_id", bob.id}}).json["owner_id"] == bob.id);
  CHECK(in_room(ada, room, "finish").code() == "room.forbidden");
  CHECK(in_room(bob, room, "finish").status == 200);
}

TEST_CASE("rooms: moving from one to another is one step", "[rooms]") {
  Person ada(server(), "ada"), bob(server(), "bob");
  const auto here = open_room(ada), there = open_room(bob);
  CHECK(in_room(ada, there, "join").code() == "room.in_another");
  CHECK(in_room(ada, there, "join", {{"leave_other", true}}).json["player_count"] == 2);
  CHECK(ada.http.get(path(here)).status == 404);
  const auto third = open_room(ada, {{"leave_other", true}});
  CHECK(members_of(bob.http.get(path(there)).json) == Names{bob.username});
  const auto link = in_room(bob, there, "link").json;
  CHECK(ada.http.post("/api/v1/rooms/join", {{"code", link["code"]}}).code() == "room.in_another");
  CHECK(ada.http.post("/api/v1/rooms/join", {{"code", link["code"]}, {"leave_other", true}}).status == 200);
  CHECK(ada.http.get(path(third)).status == 404);
}

TEST_CASE("rooms: passwords, links and invitations open them", "[rooms]") {
  Person ada(server(), "ada"), bob(server(), "bob"), eve(server(), "eve"), dan(server(), "dan");
  make_friends(ada, bob);
  const auto room = open_room(ada, {{"password", "sesame"}, {"visibility", "private"}});
  CHECK(room["has_password"] == true);
  CHECK(room.dump().find("sesame") == std::string::npos);
  for (auto* person : {&bob, &eve}) {
    CHECK(in_room(*person, room, "join", {{"password", "sesame"}}).code() == "resource.not_found");
    CHECK(person->http.get(path(room)).code() == "resource.not_found");
  }
  bob.socket();
  CHECK(in_room(ada, room, "invite", {{"user_id", eve.id}}).code() == "user.not_reachable");
  CHECK(in_room(ada, room, "invite", {{"user_id", "1"}}).code() == "user.not_found");
  CHECK(in_room(eve, room, "invite", {{"user_id", bob.id}}).code() == "resource.not_found");
  CHECK(in_room(ada, room, "invite", {{"user_id", bob.id}}).status == 200);
  const auto invited = bob.socket().expect("room.invited");
  CHECK(invited["room"]["id"] == room["id"]);
  CHECK(invited["from"]["id"] == ada.id);
  CHECK(in_room(bob, room, "join").status == 200);

  const auto link = in_room(ada, room, "link", {{"expires_in", 3600}, {"max_uses", 1}});
  CHECK(link.status == 201);
  CHECK(link.json["max_uses"] == 1);
  CHECK(link.json["expires_at"].is_string());
  const auto code = link.json["code"].get<std::string>();
  CHECK(link.json["url"].get<std::string>().find(code) != std::string::npos);
  const auto by_code = [&](Person& who, const json& more = json::object()) {
    json body{{"code", code}};
    body.update(more);
    return who.http.post("/api/v1/rooms/join", body);
  };
  CHECK(by_code(eve).code() == "room.wrong_password");
  CHECK(by_code(eve, {{"password", "salami"}}).code() == "room.wrong_password");
  CHECK(by_code(eve, {{"password", "sesame"}}).status == 200);
  CHECK(by_code(dan, {{"password", "sesame"}}).code() == "room.link_invalid");
  CHECK(dan.http.post("/api/v1/rooms/join", {{"code", "nonsense"}}).code() == "room.link_invalid");
  CHECK(ada.http.erase(path(room) + "/link").status == 204);

  CHECK(ada.http.patch(path(room), {{"password", nullptr}, {"visibility", "public"}}).json["has_password"] == false);
  CHECK(in_room(dan, room, "join").status == 200);
  in_room(ada, room, "kick", {{"user_id", dan.id}});
  CHECK(in_room(dan, room, "join").code() == "room.banned");
  make_friends(ada, dan);
  in_room(ada, room, "invite", {{"user_id", dan.id}});
  CHECK(in_room(dan, room, "join").status == 200);

  Person may(server(), "may");
  make_friends(ada, may);
  block(may, ada);
  CHECK(in_room(ada, room, "invite", {{"user_id", may.id}}).code() == "user.not_reachable");
}

TEST_CASE("rooms: guesses of passwords are limited", "[rooms]") {
  ServerProcess limited(
      {"rate_limits.enabled=true", "rate_limits.room_guess=2/0.01", "rate_limits.register_ip=100/10"});
  Person ada(limited, "ada"), bob(limited, "bob");
  const auto room = open_room(ada, {{"password", "sesame"}});
  for (int i = 0; i < 2; ++i) {
    CHECK(in_room(bob, room, "join", {{"password", "salami"}}).code() == "room.wrong_password");
  }
  const auto refused = in_room(bob, room, "join", {{"password", "sesame"}});
  CHECK(refused.code() == "request.rate_limited");
  CHECK(std::stoi(refused.header("retry-after")) > 0);
}

TEST_CASE("rooms: the list is filtered, sorted and paged", "[rooms]") {
  ServerProcess quiet;
  std::vector<std::unique_ptr<Person>> owners;
  const auto owner = [&]() -> Person& {
    owners.push_back(std::make_unique<Person>(quiet, "owner"));
    return *owners.back();
  };
  open_room(owner(), {{"name", "Delta"}, {"game", "Chess"}, {"max_players", 1}});
  open_room(owner(), {{"name", "alpha"}, {"game", "chess"}, {"password", "x"}});
  const auto full = open_room(owner(), {{"name", "Charlie"}, {"game", "Go"}, {"max_players", 3}});
  const auto busy = open_room(owner(), {{"name", "bravo"}, {"game", "Go"}});
  open_room(owner(), {{"name", "hidden"}, {"visibility", "private"}});
  Person friendly(quiet, "friendly"), ada(quiet, "ada"), bob(quiet, "bob");
  open_room(friendly, {{"name", "echo"}, {"visibility", "friends"}});
  make_friends(friendly, ada);
  in_room(bob, full, "join");
  in_room(*owners.back(), busy, "join", {{"leave_other", true}});
  in_room(*owners[3], busy, "start");
  const auto list = [&](Person& who, const std::string& query) { return who.http.get("/api/v1/rooms" + query); };

  CHECK(names(list(ada, "")) == Names{"echo", "bravo", "Charlie", "alpha", "Delta"});
  CHECK(names(list(bob, "")) == Names{"bravo", "Charlie", "alpha", "Delta"});
  CHECK(names(list(bob, "?sort=name")) == Names{"alpha", "bravo", "Charlie", "Delta"});
  CHECK(names(list(bob, "?sort=players")) == Names{"bravo", "Charlie", "alpha", "Delta"});
  CHECK(names(list(bob, "?sort=hot")).front() == "bravo");
  CHECK(names(list(bob, "?game=CHESS")) == Names{"alpha", "Delta"});
  CHECK(names(list(bob, "?has_password=true")) == Names{"alpha"});
  CHECK(names(list(bob, "?has_space=false")) == Names{"Delta"});
  CHECK(names(list(bob, "?status=playing")).empty());
  CHECK(names(list(bob, "?q=CHAR")) == Names{"Charlie"});
  CHECK(names(list(bob, "?q=go&has_space=true&has_password=false")) == Names{"bravo", "Charlie"});
  for (const int limit : {1, 2, 3}) {
    for (const auto* sort : {"newest", "players", "hot", "name"}) {
      const auto target = std::string("/api/v1/rooms?sort=") + sort;
      const auto whole = list(bob, std::string("?sort=") + sort).json["items"];
      json paged = json::array();
      std::string cursor;
      do {
        const auto page = bob.http.get(target + "&limit=" + std::to_string(limit) + cursor).json;
        for (const auto& item : page["items"]) paged.push_back(item);
        cursor = page["next_cursor"].is_null() ? "" : "&cursor=" + page["next_cursor"].get<std::string>();
      } while (!cursor.empty());
      CHECK(paged == whole);
    }
  }
  for (const auto* query : {"?limit=0", "?limit=201", "?sort=best", "?status=open", "?has_space=1", "?colour=red",
                            "?cursor=x", "?cursor="}) {
    CHECK(list(bob, query).code() == "request.invalid");
  }
  const auto deadline = Clock::now() + patience;
  while (bob.http.get("/metrics").body.find("\nnetherlink_rooms 5\n") == std::string::npos) {
    REQUIRE(Clock::now() < deadline);
  }
}

TEST_CASE("rooms: quick join finds a room or opens one", "[rooms]") {
  Person ada(server(), "ada"), bob(server(), "bob"), eve(server(), "eve");
  const auto quick = [](Person& who, const json& body) { return who.http.post("/api/v1/rooms/quick-join", body); };
  const auto game = unique("game");
  const auto first = quick(ada, {{"game", game}});
  CHECK(first.status == 201);
  CHECK(first.json["game"] == game);
  const auto second = quick(bob, {{"game", game}});
  CHECK(second.status == 200);
  CHECK(second.json["id"] == first.json["id"]);
  CHECK(quick(bob, {{"game", unique("game")}}).code() == "room.in_another");
  CHECK(quick(bob, {{"game", unique("game")}, {"leave_other", true}}).status == 201);
  CHECK(quick(eve, json::object()).fields() == Names{"game"});
}

TEST_CASE("rooms: limits are told, and there is no virtual LAN", "[rooms]") {
  Person ada(server(), "ada"), bob(server(), "bob");
  const auto config = ada.http.get("/api/v1/client-config").json;
  CHECK(config["limits"]["room_players"] == 6);
  CHECK(config["limits"]["room_name_bytes"] == 40);
  CHECK(config["limits"]["room_game_bytes"] == 20);
  CHECK(config["limits"]["room_password_bytes"] == 128);
  CHECK(config["features"]["rooms"] == true);
  CHECK(config["features"]["vpn"] == false);
  const auto room = open_room(ada, {{"visibility", "private"}});
  CHECK(ada.http.get(path(room) + "/peers").code() == "vpn.disabled");
  CHECK(bob.http.get(path(room) + "/peers").code() == "resource.not_found");
  CHECK(ada.http.post("/api/v1/vpn/pre-auth-key", {{"room_id", room["id"]}}).code() == "vpn.disabled");
  CHECK(ada.http.get("/api/v1/vpn/status").json == json{{"status", "disabled"}});
}

}  // namespace netherlink::test
