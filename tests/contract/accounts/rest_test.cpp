#include <nlohmann/json.hpp>
#include <set>

#include "account_fixture.hpp"
#include "contract/chat/chat_fixture.hpp"
#include "gateway/api/accounts.hpp"

using namespace netherlink;
using namespace netherlink::user::testing;
using nlohmann::json;

namespace {

/// The account routes without HTTP around them.
class AccountApi : public test::ChatFixture {
 public:
  AccountApi() {
    log::set_level(log::Level::error);
    config.http.json_depth = 16;
    config.heartbeat = {std::chrono::seconds(30), std::chrono::seconds(5), std::chrono::seconds(180), 3};
    config.rate_limits.login_account = {100, 1};
    routes = gateway::account_routes({config,
                                      accounts,
                                      *users,
                                      preferences,
                                      *chat,
                                      cache->rate_limiter(),
                                      {},
                                      [](const vpn::VpnService::Device&) { return vpn::Access{}; },
                                      [](const user::User&, const gateway::Request&) {}});
  }

  gateway::Response call(std::string_view method, std::string_view pattern, const json& body = {},
                         std::optional<user::Principal> who = {}, const std::string& id = {},
                         std::vector<std::pair<std::string, std::string>> query = {}) {
    gateway::Request request;
    request.body = body.is_null() ? std::string() : body.dump();
    request.principal = who;
    request.query = std::move(query);
    if (!id.empty()) request.path_params["id"] = id;
    for (const auto& route : routes) {
      if (route.method == method && route.pattern == "/api/v1" + std::string(pattern)) return route.handler(request);
    }
    throw std::logic_error("no such route");
  }
  json register_user(const std::string& name) {
    const auto answer = call("POST", "/auth/register",
                             {{"username", name}, {"password", good_password}, {"email", name + "@example.org"}});
    REQUIRE(answer.status == 201);
    return json::parse(answer.body);
  }
  gateway::Response login(const std::string& name, const std::string& password = good_password) {
    return call("POST", "/auth/login", {{"username", name}, {"password", password}});
  }
  user::Principal principal(const json& login_answer) {
    const auto claims = must(signer.verify(login_answer["access_token"].get<std::string>(), core::now_ms()));
    return {claims.user_id, claims.session_id, claims.expires_at};
  }

  config::Config config;
  RecordedEvents events;
  RecordedDepartures departures;
  struct NoNews final : user::PreferenceEvents {
    void preferences_changed(core::UserId, const user::Preferences&, const user::Preferences&) override {}
  } news;
  user::PreferenceService preferences{store->preferences(), news};
  crypto::PasswordHasher hasher{crypto::PasswordCost::test};
  crypto::TokenSigner signer{{std::string(32, 's')}};
  id::Generator ids{1};
  user::AccountService accounts{{std::chrono::minutes(15), std::chrono::hours(24), 8, 100},
                                store->users(),
                                store->sessions(),
                                events,
                                departures,
                                hasher,
                                signer,
                                ids};
  std::vector<gateway::Route> routes;
};

std::string code_of(const gateway::Response& response) {
  return json::parse(response.body).value("code", "");
}

std::string header_of(const gateway::Response& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return {};
}

}  // namespace

TEST_CASE("REST: the login answer has everything a client starts with", "[rest]") {
  AccountApi api;
  const json registered = api.register_user("alice");
  CHECK(registered["user"]["email"] == "alice@example.org");
  CHECK(registered["unread_counts"] == json::object());
  CHECK(registered["recent_messages"] == json::array());

  const auto alice = api.principal(registered).user_id;
  REQUIRE(api.send(api.text(1, alice, "m-1", "good morning")).has_value());
  REQUIRE(api.send(api.text(2, alice, "m-2", "good evening")).has_value());
  REQUIRE(api.send(api.text(2, alice, "m-3", "good night")).has_value());
  api.delivery.wait_for(3, 0);

  const auto answer = api.login("ALICE");
  REQUIRE(answer.status == 200);
  const json login = json::parse(answer.body);
  CHECK(login["user"] == registered["user"]);
  CHECK(login["token_type"] == "Bearer");
  CHECK(login["expires_in"] == 900);
  CHECK(login["session_id"].is_string());
  CHECK(login["heartbeat"] == json{{"interval", 30}, {"min_interval", 5}, {"max_interval", 180}, {"probe_count", 3}});
  CHECK(login["vpn"] == json{{"status", "disabled"}});
  const std::string me = std::to_string(alice);
  CHECK(login["unread_counts"] == json{{"single_1_" + me, 1}, {"single_2_" + me, 2}});
  REQUIRE_FALSE(login["recent_messages"].empty());
  CHECK(login["recent_messages"][0]["sender_id"] == "2");
  for (const json& message : login["recent_messages"])
    CHECK(message["content"].get<std::string>().starts_with("good "));
}

TEST_CASE("REST: refreshing answers tokens alone", "[rest]") {
  AccountApi api;
  const json login = api.register_user("alice");
  const auto answer = api.call("POST", "/auth/refresh", {{"refresh_token", login["refresh_token"]}});
  REQUIRE(answer.status == 200);
  const json tokens = json::parse(answer.body);
  CHECK(tokens.size() == 5);
  for (const char* name : {"access_token", "refresh_token", "token_type", "expires_in", "session_id"})
    CHECK(tokens.contains(name));
  CHECK(code_of(api.call("POST", "/auth/refresh", {{"refresh_token", login["refresh_token"]}})) ==
        "auth.refresh_invalid");
  CHECK(code_of(api.call("POST", "/auth/refresh", {{"refresh_token", 1}})) == "request.invalid");
  CHECK(code_of(api.call("POST", "/auth/refresh")) == "request.malformed");
}

TEST_CASE("REST: guessing at one account is slowed down, whoever guesses", "[rest]") {
  AccountApi api;
  api.config.rate_limits.login_account = {2, 0.001};
  const auto alice = api.principal(api.register_user("alice"));
  api.register_user("bob");
  CHECK(code_of(api.login("alice", "wrong password")) == "auth.invalid_credentials");
  CHECK(code_of(api.login("ALICE", "wrong password")) == "auth.invalid_credentials");
  const auto limited = api.login("\uff21lice");
  CHECK(limited.status == 429);
  CHECK(code_of(limited) == "request.rate_limited");
  CHECK_FALSE(header_of(limited, "Retry-After").empty());
  CHECK(api.login("bob").status == 200);

  const json change = {{"old_password", "wrong password"}, {"new_password", "a new password"}};
  CHECK(api.call("PUT", "/users/me/password", change, alice).status == 403);
  CHECK(api.call("PUT", "/users/me/password", change, alice).status == 403);
  CHECK(api.call("PUT", "/users/me/password", change, alice).status == 429);

  api.config.rate_limits.enabled = false;
  CHECK(api.login("alice").status == 200);
}

TEST_CASE("REST: every problem of the body is told at once", "[rest]") {
  AccountApi api;
  const auto answer = api.call("POST", "/auth/register",
                               {{"username", 7},
                                {"nickname", true},
                                {"admin", true},
                                {"email", "x"},
                                {"device", {{"id", 1}, {"colour", "red"}}}});
  CHECK(answer.status == 422);
  std::set<std::string> fields;
  const json problems = json::parse(answer.body)["errors"];
  for (const json& problem : problems) fields.insert(problem["field"]);
  CHECK(fields ==
        std::set<std::string>{"username", "password", "nickname", "admin", "email", "device.id", "device.colour"});
}

TEST_CASE("REST: a changed profile is seen at once, the e-mail address by its owner alone", "[rest]") {
  AccountApi api;
  const auto alice = api.principal(api.register_user("alice")), bob = api.principal(api.register_user("bob"));
  const std::string id = std::to_string(alice.user_id);
  CHECK(json::parse(api.call("GET", "/users/{id}", {}, bob, id).body)["nickname"] == "alice");
  const auto changed = api.call("PATCH", "/users/me", {{"nickname", "Alice L."}}, alice);
  CHECK(changed.status == 200);
  CHECK(changed.body == api.call("GET", "/users/me", {}, alice).body);
  const json own = json::parse(changed.body), seen = json::parse(api.call("GET", "/users/{id}", {}, bob, id).body);
  CHECK(seen["nickname"] == "Alice L.");
  CHECK(own["email"] == "alice@example.org");
  CHECK_FALSE(seen.contains("email"));
  for (const char* nobody : {"9223372036854775807", "0", "x", "01"}) {
    CHECK(code_of(api.call("GET", "/users/{id}", {}, bob, nobody)) == "user.not_found");
  }
  CHECK(code_of(api.call("GET", "/users/me", {}, user::Principal{99, 99, 0})) == "auth.session_revoked");
}

TEST_CASE("REST: sessions are listed in pages and ended", "[rest]") {
  AccountApi api;
  const auto alice = api.principal(api.register_user("alice"));
  for (int i = 0; i < 4; ++i) CHECK(api.login("alice").status == 200);
  std::vector<std::string> seen;
  std::string cursor;
  for (int pages = 0; pages < 10; ++pages) {
    std::vector<std::pair<std::string, std::string>> query = {{"limit", "2"}};
    if (!cursor.empty()) query.emplace_back("cursor", cursor);
    const json page = json::parse(api.call("GET", "/users/me/sessions", {}, alice, {}, query).body);
    for (const json& session : page["items"]) {
      CHECK(session["current"] == (session["id"] == std::to_string(alice.session_id)));
      seen.push_back(session["id"]);
    }
    if (page["next_cursor"].is_null()) break;
    cursor = page["next_cursor"];
  }
  CHECK(seen.size() == 5);
  CHECK(std::ranges::is_sorted(seen, std::greater()));
  for (const char* limit : {"0", "201", "x", "-1", ""}) {
    CHECK(code_of(api.call("GET", "/users/me/sessions", {}, alice, {}, {{"limit", limit}})) == "request.invalid");
  }
  CHECK(code_of(api.call("GET", "/users/me/sessions", {}, alice, {}, {{"cursor", "x"}})) == "request.invalid");

  CHECK(api.call("DELETE", "/users/me/sessions/{id}", {}, alice, seen.front()).status == 204);
  CHECK(code_of(api.call("DELETE", "/users/me/sessions/{id}", {}, alice, seen.front())) == "resource.not_found");
  CHECK(code_of(api.call("DELETE", "/users/me/sessions/{id}", {}, alice, "x")) == "resource.not_found");
  CHECK(api.call("POST", "/auth/logout", {}, alice).status == 204);
  CHECK(api.events.count(alice.session_id) == 1);
}
