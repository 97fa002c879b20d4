// Guests (U10).
#include "support/catch.hpp"
#include "support/people.hpp"
#include "support/server_process.hpp"

using namespace netherlink::test;
using nlohmann::json;

namespace {

json enter(HttpClient& http, const std::string& nickname) {
  const auto answer = http.post("/api/v1/auth/guest", {{"nickname", nickname}});
  REQUIRE(answer.status == 201);
  http.set_token(answer.json["access_token"]);
  return answer.json;
}

}  // namespace

TEST_CASE("guests: come with a nickname, talk, and become accounts", "[guests]") {
  ServerProcess server;
  Person ada(server, "ada");
  HttpClient guest(server.port());
  const auto came = enter(guest, "Wanderer");
  CHECK(came["user"]["nickname"] == "Wanderer");
  CHECK(came["user"]["guest"] == true);
  const std::string id = came["user"]["id"];
  CHECK(ada.http.get("/api/v1/users/" + id).json["guest"] == true);
  CHECK(guest.post("/api/v1/chat/messages", text_message("world", "hello all")).status == 201);
  CHECK(guest
            .post("/api/v1/chat/messages",
                  {{"to_user_id", ada.id}, {"client_msg_id", "g1"}, {"kind", "text"}, {"content", "hi"}})
            .status == 201);

  // What is for accounts.
  CHECK(guest.post("/api/v1/friends/requests", {{"user_id", ada.id}}).code() == "auth.guest");
  CHECK(guest.put("/api/v1/users/me/password", {{"old_password", ""}, {"new_password", "correct horse 7"}}).code() ==
        "auth.guest");
  CHECK(ada.http.get("/api/v1/users?query=guest").json["items"].empty());
  HttpClient stranger(server.port());
  CHECK(stranger.post("/api/v1/auth/login", {{"username", came["user"]["username"]}, {"password", ""}}).code() ==
        "auth.invalid_credentials");

  const std::string taken = ada.http.get("/api/v1/users/me").json["username"];
  CHECK(guest.post("/api/v1/auth/upgrade", {{"username", taken}, {"password", "correct horse 7"}}).code() ==
        "user.name_taken");
  CHECK(guest.post("/api/v1/auth/upgrade", {{"username", "wanda"}, {"password", "x"}}).code() == "auth.weak_password");
  const auto upgraded = guest.post("/api/v1/auth/upgrade", {{"username", "wanda"}, {"password", "correct horse 7"}});
  CHECK(upgraded.status == 200);
  CHECK(upgraded.json["id"] == id);
  CHECK(upgraded.json["username"] == "wanda");
  CHECK(upgraded.json["nickname"] == "Wanderer");
  CHECK_FALSE(upgraded.json.contains("guest"));
  CHECK(guest.post("/api/v1/friends/requests", {{"user_id", ada.id}}).status == 201);
  CHECK(guest.post("/api/v1/auth/upgrade", {{"username", "wanda2"}, {"password", "correct horse 7"}}).code() ==
        "auth.not_guest");
  CHECK(stranger.post("/api/v1/auth/login", {{"username", "wanda"}, {"password", "correct horse 7"}}).status == 200);
  CHECK(ada.http.get("/api/v1/users?query=wan").json["items"].size() == 1);
}

TEST_CASE("guests: refusals", "[guests]") {
  ServerProcess server;
  HttpClient http(server.port());
  CHECK(http.get("/api/v1/client-config").json["features"]["guests"] == true);
  for (const json& body : {json::object(), json{{"nickname", ""}}, json{{"nickname", std::string(65, 'x')}},
                           json{{"nickname", 5}}, json{{"nickname", "x"}, {"what", 1}}}) {
    CHECK(http.post("/api/v1/auth/guest", body).status == 422);
  }
  enter(http, "Gone tomorrow");
  const auto id = http.get("/api/v1/users/me").json["id"].get<std::string>();
  CHECK(http.request("DELETE", "/api/v1/users/me", json{{"password", "x"}}).code() == "auth.invalid_credentials");
  CHECK(http.request("DELETE", "/api/v1/users/me", json{{"password", ""}}).status == 204);
  Person ada(server, "ada");
  CHECK(ada.http.get("/api/v1/users/" + id).json["deleted"] == true);
  CHECK(ada.http.post("/api/v1/auth/upgrade", {{"username", "b2b"}, {"password", "correct horse 7"}}).code() ==
        "auth.not_guest");
}

TEST_CASE("guests: where they are not wanted there is no way in", "[guests]") {
  ServerProcess server({"guests.enabled=false"});
  HttpClient http(server.port());
  CHECK(http.get("/api/v1/client-config").json["features"]["guests"] == false);
  CHECK(http.post("/api/v1/auth/guest", {{"nickname", "Wanderer"}}).code() == "resource.not_found");
}

TEST_CASE("guests: a link brings them where it leads, or not in at all", "[guests]") {
  ServerProcess server;
  Person ada(server, "ada");
  const auto group = ada.http.post("/api/v1/groups", {{"name", "open house"}}).json;
  const std::string groups = "/api/v1/groups/" + group["id"].get<std::string>();
  const std::string to_group = ada.http.post(groups + "/link", {{"max_uses", 1}}).json["code"];
  HttpClient guest(server.port());
  const auto came = guest.post("/api/v1/auth/guest", {{"nickname", "Wanderer"}, {"code", to_group}});
  REQUIRE(came.status == 201);
  guest.set_token(came.json["access_token"]);
  CHECK(ada.http.get(groups).json["member_count"] == 2);
  CHECK(guest.post("/api/v1/chat/messages", text_message(group["conversation_id"], "hello")).status == 201);
  CHECK(guest.post("/api/v1/groups", {{"name", "mine"}}).code() == "auth.guest");
  CHECK(guest.post("/api/v1/rooms", {{"name", "mine"}, {"game", "chess"}}).code() == "auth.guest");

  const auto room = ada.http.post("/api/v1/rooms", {{"name", "a game"}, {"game", "chess"}}).json;
  const std::string rooms = "/api/v1/rooms/" + room["id"].get<std::string>();
  const std::string to_room = ada.http.post(rooms + "/link", json::object()).json["code"];
  HttpClient other(server.port());
  const auto played = other.post("/api/v1/auth/guest", {{"nickname", "Player"}, {"code", to_room}});
  REQUIRE(played.status == 201);
  CHECK(ada.http.get(rooms).json["player_count"] == 2);

  CHECK(HttpClient(server.port()).post("/api/v1/auth/guest", {{"nickname", "Late"}, {"code", to_group}}).status == 404);
  CHECK(HttpClient(server.port()).post("/api/v1/auth/guest", {{"nickname", "Lost"}, {"code", "nowhere"}}).status ==
        404);
}
