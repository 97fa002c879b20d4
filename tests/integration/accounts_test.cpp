#include <algorithm>
#include <thread>

#include "support/catch.hpp"
#include "support/person.hpp"

namespace netherlink::test {
namespace {

using nlohmann::json;

ServerProcess& server() {
  static ServerProcess process;
  return process;
}

constexpr const char* register_path = "/api/v1/auth/register";
constexpr const char* login_path = "/api/v1/auth/login";
constexpr const char* refresh_path = "/api/v1/auth/refresh";
constexpr const char* good_password = "correct horse battery";

HttpAnswer register_with(json body) {
  HttpClient http(server().port());
  return http.post(register_path, std::move(body));
}

HttpAnswer sign_in(const std::string& name, const std::string& password) {
  HttpClient http(server().port());
  return http.post(login_path, {{"username", name}, {"password", password}});
}

bool names(const HttpAnswer& answer, const std::string& field) {
  const auto fields = answer.fields();
  return std::find(fields.begin(), fields.end(), field) != fields.end();
}

}  // namespace

TEST_CASE("accounts: register gives an account and a session", "[accounts]") {
  const auto name = unique("Ada");
  const auto answer = register_with({{"username", name},
                                     {"password", good_password},
                                     {"nickname", "Ada L."},
                                     {"email", name + "@example.org"},
                                     {"device", {{"id", "d1"}, {"name", "Laptop"}, {"platform", "linux"}}}});
  REQUIRE(answer.status == 201);
  CHECK(answer.json["user"]["username"] == name);
  CHECK(answer.json["user"]["nickname"] == "Ada L.");
  CHECK(answer.json["user"]["email"] == name + "@example.org");
  CHECK(answer.json["unread_counts"].empty());
  CHECK(answer.json["recent_messages"].is_array());
  CHECK(answer.json["vpn"]["status"] == "disabled");
  CHECK(answer.json["expires_in"] == 900);
  CHECK(answer.header("cache-control") == "no-store");

  HttpClient http(server().port());
  http.set_token(answer.json["access_token"]);
  const auto me = http.get("/api/v1/users/me");
  REQUIRE(me.status == 200);
  CHECK(me.json == answer.json["user"]);
}

TEST_CASE("accounts: register refuses what is missing, wrong or unknown, with the field", "[accounts]") {
  const auto refused = [](json body, const std::string& field) {
    const auto answer = register_with(std::move(body));
    INFO(answer.body);
    CHECK(answer.status == 422);
    CHECK(answer.code() == "request.invalid");
    CHECK(names(answer, field));
  };
  refused({{"password", good_password}}, "username");
  refused({{"username", unique("bob")}}, "password");
  refused({{"username", 7}, {"password", good_password}}, "username");
  refused({{"username", unique("bob")}, {"password", true}}, "password");
  refused({{"username", unique("bob")}, {"password", good_password}, {"admin", true}}, "admin");
  refused({{"username", unique("bob")}, {"password", good_password}, {"nickname", ""}}, "nickname");
  refused({{"username", unique("bob")}, {"password", good_password}, {"nickname", std::string(65, 'n')}}, "nickname");
  refused({{"username", unique("bob")}, {"password", good_password}, {"email", "nowhere"}}, "email");
  refused({{"username", unique("bob")}, {"password", good_password}, {"device", "phone"}}, "device");
  refused({{"username", unique("bob")}, {"password", good_password}, {"device", {{"colour", "red"}}}}, "device.colour");
  refused({{"username", unique("bob")}, {"password", good_password}, {"device", {{"name", std::string(129, 'x')}}}},
          "device.name");
  for (const auto* bad : {"", "ab", "with space", ".dot", "dash-", "tab\there", "semi;colon",
                          "123456789012345678901234567890123", "a\u200Bb\u200Bc"}) {
    INFO(bad);
    refused({{"username", bad}, {"password", good_password}}, "username");
  }
}

TEST_CASE("accounts: U+0000 in a name is no name", "[accounts]") {
  HttpClient http(server().port());
  const auto answer =
      http.request_text("POST", register_path, R"({"username":"nul\u0000name","password":"a fine password"})");
  CHECK(answer.code() == "request.invalid");
  CHECK(names(answer, "username"));
}

TEST_CASE("accounts: what is null is absent", "[accounts]") {
  const auto answer = register_with({{"username", unique("nil")},
                                     {"password", good_password},
                                     {"nickname", nullptr},
                                     {"email", nullptr},
                                     {"device", {{"id", nullptr}, {"name", "Phone"}}}});
  CHECK(answer.status == 201);
  CHECK(names(register_with({{"username", unique("nil")}, {"password", nullptr}}), "password"));
}

TEST_CASE("accounts: every problem of a registration is told at once", "[accounts]") {
  const auto answer = register_with({{"username", "a"}, {"password", good_password}, {"nickname", ""}, {"email", "@"}});
  CHECK(answer.status == 422);
  CHECK(names(answer, "username"));
  CHECK(names(answer, "nickname"));
  CHECK(names(answer, "email"));
}

TEST_CASE("accounts: weak passwords are refused", "[accounts]") {
  const auto name = unique("weakling");
  for (const auto& weak : {std::string("short"), std::string("password"), std::string("aaaaaaaaaaaa"), name,
                           std::string("1234567"), std::string(1025, 'x') + "y"}) {
    const auto answer = register_with({{"username", name}, {"password", weak}});
    INFO(weak);
    CHECK(answer.status == 422);
    CHECK(answer.code() == "auth.weak_password");
    CHECK(names(answer, "password"));
  }
  CHECK(register_with({{"username", name}, {"password", "pässwörter sind lang"}}).status == 201);
}

TEST_CASE("accounts: names and addresses are unique without regard to case and width", "[accounts]") {
  const auto name = unique("Alice");
  REQUIRE(register_with({{"username", name}, {"password", good_password}, {"email", name + "@Example.org"}}).status ==
          201);
  const auto number = name.substr(5);
  for (const auto& same :
       {"ALICE" + number, "alice" + number, "\uFF21lice" + number, "\uFF41\uFF4C\uFF49\uFF43\uFF45" + number}) {
    const auto answer = register_with({{"username", same}, {"password", good_password}});
    INFO(same);
    CHECK(answer.status == 409);
    CHECK(answer.code() == "user.name_taken");
    CHECK(sign_in(same, good_password).status == 200);
  }
  const auto email = register_with(
      {{"username", unique("x") + "xx"}, {"password", good_password}, {"email", "alice" + number + "@example.ORG"}});
  CHECK(email.status == 409);
  CHECK(email.code() == "user.name_taken");
  CHECK(sign_in("ALICE" + number + "@example.org", good_password).status == 200);
  CHECK(register_with({{"username", "\u674E\u96F7" + number}, {"password", good_password}}).status == 201);
}

TEST_CASE("accounts: login refuses a wrong name like a wrong password", "[accounts]") {
  const Person ada(server(), "ada");
  const auto wrong = sign_in(ada.username, "wrong horse battery");
  const auto nobody = sign_in("nobody-" + ada.username, good_password);
  for (const auto* answer : {&wrong, &nobody}) {
    CHECK(answer->status == 401);
    CHECK(answer->code() == "auth.invalid_credentials");
  }
  CHECK(wrong.json["detail"] == nobody.json["detail"]);
  HttpClient http(server().port());
  const auto missing = http.post(login_path, {{"username", ada.username}});
  CHECK(missing.status == 422);
  CHECK(names(missing, "password"));
}

TEST_CASE("accounts: a refresh token rotates, and its second use ends the session", "[accounts]") {
  Person ada(server(), "ada");
  auto& socket = ada.socket();
  HttpClient http(server().port());
  const auto first = http.post(refresh_path, {{"refresh_token", ada.refresh_token}});
  REQUIRE(first.status == 200);
  CHECK(first.json["session_id"] == ada.session_id);
  CHECK(first.json["refresh_token"] != ada.refresh_token);
  http.set_token(first.json["access_token"]);
  CHECK(http.get("/api/v1/users/me").status == 200);

  http.set_token({});
  const auto reused = http.post(refresh_path, {{"refresh_token", ada.refresh_token}});
  CHECK(reused.status == 401);
  CHECK(reused.code() == "auth.refresh_invalid");
  const auto thief_or_owner = http.post(refresh_path, {{"refresh_token", first.json["refresh_token"]}});
  CHECK(thief_or_owner.status == 401);
  CHECK(thief_or_owner.code() == "auth.refresh_invalid");
  for (const auto& token : {ada.token, first.json["access_token"].get<std::string>()}) {
    http.set_token(token);
    CHECK(http.get("/api/v1/users/me").code() == "auth.session_revoked");
  }
  CHECK(socket.wait_close() == 4002);
}

TEST_CASE("accounts: forged refresh tokens are refused", "[accounts]") {
  const Person ada(server(), "ada");
  HttpClient http(server().port());
  auto bent = ada.refresh_token;
  bent[bent.size() / 2] = bent[bent.size() / 2] == 'A' ? 'B' : 'A';
  for (const auto& token : {std::string(), std::string("x"), bent, ada.token}) {
    const auto answer = http.post(refresh_path, {{"refresh_token", token}});
    INFO(answer.body);
    CHECK((answer.code() == "auth.refresh_invalid" || answer.code() == "request.invalid"));
  }
  CHECK(http.post(refresh_path, {{"refresh_token", ada.refresh_token}}).status == 200);
}

TEST_CASE("accounts: an access token cannot be forged, nor a refresh token be used as one", "[accounts]") {
  const Person ada(server(), "ada");
  HttpClient http(server().port());
  const auto code_of = [&](const std::string& authorization) {
    return http.get("/api/v1/users/me", {{"Authorization", authorization}}).code();
  };
  const auto body = ada.token.substr(ada.token.find('.') + 1);
  CHECK(code_of("Bearer " + ada.refresh_token) == "auth.invalid_token");
  CHECK(code_of("Bearer " + ada.token + "x") == "auth.invalid_token");
  CHECK(code_of("Bearer eyJhbGciOiJub25lIn0." + body.substr(0, body.find('.') + 1)) == "auth.invalid_token");
  CHECK(code_of("Bearer garbage") == "auth.invalid_token");
  CHECK(http.get("/api/v1/users/me").code() == "auth.required");
  CHECK(code_of("Basic " + ada.token) == "auth.required");
  CHECK(http.get("/api/v1/users/me", {{"Authorization", "bearer " + ada.token}}).status == 200);
}

TEST_CASE("accounts: logout refuses the token at once and closes the sockets", "[accounts]") {
  Person ada(server(), "ada");
  auto other = ada.sign_in();
  auto& socket = ada.socket();
  auto& kept = other.socket();
  CHECK(ada.http.request("POST", "/api/v1/auth/logout").status == 204);
  CHECK(ada.http.get("/api/v1/users/me").code() == "auth.session_revoked");
  CHECK(socket.wait_close() == 4002);
  CHECK(ada.http.post(refresh_path, {{"refresh_token", ada.refresh_token}}).code() == "auth.refresh_invalid");
  CHECK(other.http.get("/api/v1/users/me").status == 200);
  CHECK(kept.ask("ping", json::object(), "pong").contains("server_time"));
  try {
    WsClient again(server().port(), ada.token);
    FAIL("a revoked token opened a socket");
  } catch (const HandshakeRefused& refused) {
    CHECK(refused.answer.status == 401);
    CHECK(refused.answer.code() == "auth.session_revoked");
  }
}

TEST_CASE("accounts: sessions are listed and revoked one by one", "[accounts]") {
  HttpClient fresh(server().port());
  Person ada(server(), "ada");
  auto phone = fresh.post(login_path, {{"username", ada.username},
                                       {"password", ada.password},
                                       {"device", {{"id", "p-1"}, {"name", "Phone"}, {"platform", "android"}}}});
  REQUIRE(phone.status == 200);
  const auto list = ada.http.get("/api/v1/users/me/sessions");
  REQUIRE(list.status == 200);
  REQUIRE(list.json["items"].size() == 2);
  CHECK(list.json["items"][0]["id"] == phone.json["session_id"]);
  CHECK(list.json["items"][0]["device"] == json{{"id", "p-1"}, {"name", "Phone"}, {"platform", "android"}});
  CHECK(list.json["items"][0]["current"] == false);
  CHECK(list.json["items"][1]["current"] == true);

  const Person stranger(server(), "stranger");
  CHECK(ada.http.erase("/api/v1/users/me/sessions/" + stranger.session_id).code() == "resource.not_found");
  CHECK(ada.http.erase("/api/v1/users/me/sessions/1").code() == "resource.not_found");
  CHECK(ada.http.erase("/api/v1/users/me/sessions/nonsense").code() == "resource.not_found");
  const auto path = "/api/v1/users/me/sessions/" + phone.json["session_id"].get<std::string>();
  CHECK(ada.http.erase(path).status == 204);
  CHECK(ada.http.erase(path).code() == "resource.not_found");
  fresh.set_token(phone.json["access_token"]);
  CHECK(fresh.get("/api/v1/users/me").code() == "auth.session_revoked");
  CHECK(ada.http.get("/api/v1/users/me/sessions").json["items"].size() == 1);
}

TEST_CASE("accounts: what was revoked stays revoked over a restart", "[accounts]") {
  ServerProcess own;
  Person ada(own, "ada");
  auto kept = ada.sign_in();
  CHECK(ada.http.request("POST", "/api/v1/auth/logout").status == 204);
  own.kill();
  own.start();
  CHECK(ada.http.get("/api/v1/users/me").code() == "auth.session_revoked");
  CHECK(kept.http.get("/api/v1/users/me").status == 200);
  CHECK(kept.http.post(refresh_path, {{"refresh_token", kept.refresh_token}}).status == 200);
}

TEST_CASE("accounts: a session that nobody used for long is over", "[accounts][time]") {
  ServerProcess brief({"auth.access_ttl=1s", "auth.refresh_ttl=1s"});
  Person ada(brief, "ada");
  std::this_thread::sleep_for(milliseconds(1200));
  CHECK(ada.http.post(refresh_path, {{"refresh_token", ada.refresh_token}}).code() == "auth.refresh_invalid");
}

TEST_CASE("accounts: the secret of the tokens can be changed without signing everybody out", "[accounts]") {
  const std::string first(40, 'a'), second(40, 'b'), third(40, 'c');
  ServerProcess own({"auth.jwt_secret=" + first});
  Person ada(own, "ada");
  own.terminate();
  own.set("auth.jwt_secret=" + second);
  own.set("auth.jwt_previous_secrets=" + first);
  own.start();
  CHECK(ada.http.get("/api/v1/users/me").status == 200);
  const auto renewed = ada.http.post(refresh_path, {{"refresh_token", ada.refresh_token}});
  REQUIRE(renewed.status == 200);
  own.terminate();
  own.set("auth.jwt_previous_secrets=");
  own.start();
  CHECK(ada.http.get("/api/v1/users/me").code() == "auth.invalid_token");
  ada.http.set_token(renewed.json["access_token"]);
  CHECK(ada.http.get("/api/v1/users/me").status == 200);
  own.terminate();
  own.set("auth.jwt_secret=" + third);
  own.start();
  CHECK(ada.http.get("/api/v1/users/me").code() == "auth.invalid_token");
}

TEST_CASE("accounts: the newest sessions are kept, the one used longest ago ends", "[accounts]") {
  ServerProcess own({"auth.max_sessions=2"});
  Person first(own, "ada");
  auto second = first.sign_in(), third = second.sign_in();
  CHECK(first.http.get("/api/v1/users/me").code() == "auth.session_revoked");
  CHECK(second.http.get("/api/v1/users/me").status == 200);
  CHECK(third.http.get("/api/v1/users/me/sessions").json["items"].size() == 2);
}

TEST_CASE("accounts: a new password ends every other session", "[accounts]") {
  Person ada(server(), "ada");
  auto other = ada.sign_in();
  auto& other_socket = other.socket();
  const auto path = "/api/v1/users/me/password";
  const auto wrong = ada.http.put(path, {{"old_password", "not it, sorry"}, {"new_password", "a quite new password"}});
  CHECK(wrong.status == 403);
  CHECK(wrong.code() == "auth.invalid_credentials");
  CHECK(ada.http.put(path, {{"old_password", ada.password}, {"new_password", "short"}}).code() == "auth.weak_password");
  CHECK(ada.http.put(path, {{"old_password", ada.password}}).code() == "request.invalid");
  CHECK(other.http.get("/api/v1/users/me").status == 200);

  CHECK(ada.http.put(path, {{"old_password", ada.password}, {"new_password", "a quite new password"}}).status == 204);
  CHECK(ada.http.get("/api/v1/users/me").status == 200);
  CHECK(other.http.get("/api/v1/users/me").code() == "auth.session_revoked");
  CHECK(other_socket.wait_close() == 4002);
  CHECK(sign_in(ada.username, ada.password).status == 401);
  CHECK(sign_in(ada.username, "a quite new password").status == 200);
}

TEST_CASE("accounts: a profile is changed in parts and seen by others without the address", "[accounts]") {
  Person ada(server(), "ada"), bob(server(), "bob");
  const auto changed = ada.http.patch("/api/v1/users/me", {{"nickname", "Ada \U0001F98B"}, {"bio", "two\nlines"}});
  REQUIRE(changed.status == 200);
  CHECK(changed.json["nickname"] == "Ada \U0001F98B");
  CHECK(ada.http.patch("/api/v1/users/me", {{"avatar_url", "https://example.org/a.png"}}).json["bio"] == "two\nlines");
  const auto seen = bob.http.get("/api/v1/users/" + ada.id);
  REQUIRE(seen.status == 200);
  CHECK(seen.json["nickname"] == "Ada \U0001F98B");
  CHECK_FALSE(seen.json.contains("email"));
  CHECK(ada.http.patch("/api/v1/users/me", json::object()).status == 200);
  for (const auto& bad :
       {json{{"nickname", ""}}, json{{"nickname", std::string(65, 'x')}}, json{{"bio", std::string(501, 'x')}},
        json{{"avatar_url", "javascript:alert(1)"}}, json{{"username", "other"}}, json{{"id", "1"}}}) {
    INFO(bad.dump());
    CHECK(ada.http.patch("/api/v1/users/me", bad).code() == "request.invalid");
  }
}

TEST_CASE("accounts: who is not there is user.not_found", "[accounts]") {
  Person ada(server(), "ada");
  for (const auto* id : {"1", "9223372036854775807"}) {
    const auto answer = ada.http.get("/api/v1/users/" + std::string(id));
    CHECK(answer.status == 404);
    CHECK(answer.code() == "user.not_found");
  }
  for (const auto* id : {"0", "-1", "01", "9223372036854775808", "abc"}) {
    INFO(id);
    CHECK(ada.http.get("/api/v1/users/" + std::string(id)).status == 404);
  }
}

}  // namespace netherlink::test
