// The virtual LAN against a real Headscale: who may reach whom, whatever happens to whom.
#include <set>
#include <thread>

#include "support/catch.hpp"
#include "support/headscale_server.hpp"
#include "support/people.hpp"
#include "support/redis_server.hpp"
#include "support/rooms.hpp"

namespace netherlink::test {
namespace {

using nlohmann::json;
using Circles = std::vector<std::vector<std::string>>;

std::string name_of(const Person& person) {
  return "u" + person.id + "@";
}

std::vector<std::string> circle(std::initializer_list<const Person*> people) {
  std::vector<std::string> names;
  for (const auto* person : people) names.push_back(name_of(*person));
  std::sort(names.begin(), names.end());
  return names;
}

bool has(const HeadscaleServer& headscale, const std::vector<std::string>& circle) {
  const auto all = headscale.circles();
  return std::find(all.begin(), all.end(), circle) != all.end();
}

/// Nobody is in a circle.
bool is_alone(const HeadscaleServer& headscale, const Person& person) {
  for (const auto& circle : headscale.circles()) {
    if (std::find(circle.begin(), circle.end(), name_of(person)) != circle.end()) return false;
  }
  return true;
}

bool is_open(const HeadscaleServer& headscale) {
  return headscale.circles() == Circles{{"everybody"}};
}

double metric(const ServerProcess& server, const std::string& name) {
  HttpClient http(server.port());
  const auto text = http.get("/metrics").body;
  const auto at = text.find("\n" + name);
  if (at == std::string::npos) return 0;
  return std::stod(text.substr(text.find(' ', at)));
}

HttpAnswer ask_for_key(Person& who, const json& body = json::object()) {
  return who.http.post("/api/v1/vpn/pre-auth-key", body);
}

std::string status_of(Person& who) {
  return who.http.get("/api/v1/vpn/status").json.at("status");
}

}  // namespace

TEST_CASE("vpn: only the members of a room reach each other, from the first moment", "[vpn]") {
  HeadscaleServer headscale;
  ServerProcess server(headscale.settings());
  REQUIRE(eventually([&] { return !is_open(headscale); }));
  CHECK(headscale.circles().empty());
  Person ada(server, "ada"), bob(server, "bob"), cleo(server, "cleo"), eve(server, "eve");
  CHECK(ada.http.get("/api/v1/client-config").json["features"]["vpn"] == true);
  const auto greeting = ada.login["vpn"];
  CHECK((greeting["status"] == "pending" || greeting["status"] == "ready"));
  for (auto* person : {&ada, &bob, &cleo}) person->socket();

  const auto room = open_room(ada);
  CHECK(in_room(bob, room, "join").status == 200);
  CHECK(eventually([&] { return has(headscale, circle({&ada, &bob})); }));
  const auto told = [&](const json& data) { return data.value("room_id", json()) == room["id"]; };
  const auto frame = ada.socket().expect("vpn.updated", told);
  CHECK(frame["status"] == "ready");
  CHECK(frame["peers"].empty());
  CHECK(eventually([&] { return status_of(ada) == "ready"; }));
  const auto lag = ada.http.get("/api/v1/vpn/status").json["lag"];
  CHECK(lag["wanted"] == lag["applied"]);

  in_room(cleo, room, "join");
  CHECK(eventually([&] { return has(headscale, circle({&ada, &bob, &cleo})); }));
  CHECK(is_alone(headscale, eve));
  CHECK(in_room(ada, room, "kick", {{"user_id", cleo.id}}).status == 200);
  CHECK(eventually([&] { return is_alone(headscale, cleo); }));
  cleo.socket().expect("vpn.updated", [&](const json& data) { return told(data) && data["peers"].empty(); });
  CHECK(has(headscale, circle({&ada, &bob})));
  in_room(bob, room, "leave");
  CHECK(eventually([&] { return headscale.circles().empty(); }));
  CHECK_FALSE(is_open(headscale));
  CHECK(metric(server, "netherlink_vpn_drift_repairs_total") == 0);
}

TEST_CASE("vpn: rooms do not reach each other; closing, blocking and deleted accounts cut", "[vpn]") {
  HeadscaleServer headscale;
  ServerProcess server(headscale.settings());
  Person ada(server, "ada"), bob(server, "bob"), cleo(server, "cleo"), dan(server, "dan"), eve(server, "eve");
  const auto one = open_room(ada), other = open_room(cleo);
  in_room(bob, one, "join");
  in_room(eve, one, "join");
  in_room(dan, other, "join");
  CHECK(eventually([&] {
    return has(headscale, circle({&ada, &bob, &eve})) && has(headscale, circle({&cleo, &dan}));
  }));
  cleo.http.erase("/api/v1/rooms/" + other["id"].get<std::string>());
  CHECK(eventually([&] { return is_alone(headscale, cleo) && is_alone(headscale, dan); }));

  // Both stay in the room, and are strangers there.
  REQUIRE(block(bob, eve).status == 204);
  CHECK(eventually([&] {
    const auto policy = headscale.policy();
    for (const auto& rule : policy["acls"]) {
      if (rule["src"] != json::array({name_of(bob)})) continue;
      for (const std::string target : rule["dst"]) {
        if (target == name_of(eve) + ":*") return false;
      }
      return true;
    }
    return false;
  }));
  CHECK_FALSE(is_alone(headscale, eve));
  REQUIRE(unblock(bob, eve).status == 204);
  CHECK(eventually([&] { return has(headscale, circle({&ada, &bob, &eve})); }));

  REQUIRE(eventually([&] { return ask_for_key(bob).status == 200; }));
  CHECK(eventually([&] { return headscale.users().size() >= 1; }));
  CHECK(bob.http.request("DELETE", "/api/v1/users/me", json{{"password", bob.password}}).status == 204);
  CHECK(eventually([&] { return has(headscale, circle({&ada, &eve})) && is_alone(headscale, bob); }));
  CHECK(eventually([&] {
    for (const auto& user : headscale.users()) {
      if (user["name"] == "u" + bob.id) return false;
    }
    return true;
  }));
}

TEST_CASE("vpn: keys are single, short-lived, for those who sit there, and limited", "[vpn]") {
  HeadscaleServer headscale;
  auto settings = headscale.settings();
  settings.insert(settings.end(), {"rate_limits.enabled=true", "rate_limits.vpn_key=3/0.001", "vpn.keys_ahead=0",
                                   "rate_limits.register_ip=1000/100"});
  ServerProcess server(settings);
  Person ada(server, "ada"), eve(server, "eve");
  REQUIRE(eventually([&] { return !is_open(headscale); }));
  const auto room = open_room(ada);
  const auto answer = ask_for_key(ada, {{"room_id", room["id"]}, {"device", "desk"}});
  REQUIRE(answer.status == 200);
  CHECK(answer.json["status"] == "ready");
  CHECK(answer.json["control_url"] == headscale.url());
  const auto key = answer.json["pre_auth_key"].get<std::string>();
  CHECK(key.starts_with("hskey-auth-"));
  const auto keys = headscale.keys();
  REQUIRE(keys.size() == 1);
  CHECK(keys[0]["ephemeral"] == true);
  CHECK(keys[0]["reusable"] == false);
  CHECK(keys[0]["user"]["name"] == "u" + ada.id);
  CHECK(server.log().find(key) == std::string::npos);
  CHECK(server.log().find(headscale.api_key()) == std::string::npos);

  CHECK(ask_for_key(eve, {{"room_id", room["id"]}}).code() == "room.forbidden");
  CHECK(ask_for_key(eve, {{"room_id", "1"}}).code() == "resource.not_found");
  CHECK(ask_for_key(eve, {{"room", "1"}}).code() == "request.invalid");
  CHECK(ask_for_key(eve, {{"device", ""}}).code() == "request.invalid");
  CHECK(eve.http.get("/api/v1/rooms/" + room["id"].get<std::string>() + "/peers").code() == "room.forbidden");
  CHECK(ada.http.get("/api/v1/rooms/" + room["id"].get<std::string>() + "/peers").json["items"].empty());
  CHECK(ask_for_key(ada).status == 200);
  CHECK(ask_for_key(ada).status == 200);
  const auto refused = ask_for_key(ada);
  CHECK(refused.code() == "request.rate_limited");
  CHECK_FALSE(refused.header("retry-after").empty());
  // Whoever signs out has no use for a key.
  CHECK(ada.http.request("POST", "/api/v1/auth/logout").status == 204);
  CHECK(eventually([&] { return headscale.keys().empty(); }));
}

TEST_CASE("vpn: a key is made ahead, and login does not wait for it", "[vpn]") {
  HeadscaleServer headscale;
  ServerProcess server(headscale.settings());
  REQUIRE(eventually([&] { return !is_open(headscale); }));
  Person ada(server, "ada");
  CHECK(ada.login["vpn"]["status"] == "pending");
  ada.socket();
  REQUIRE(eventually([&] { return headscale.keys().size() == 1; }));
  CHECK(eventually([&] { return ask_for_key(ada).status == 200; }));
}

TEST_CASE("vpn: a burst of joins makes few policies", "[vpn]") {
  HeadscaleServer headscale;
  auto settings = headscale.settings();
  settings.emplace_back("vpn.keys_ahead=0");
  ServerProcess server(settings);
  REQUIRE(eventually([&] { return !is_open(headscale); }));
  constexpr int people_count = 24;
  std::vector<std::unique_ptr<Person>> people;
  for (int i = 0; i < people_count; ++i) people.push_back(std::make_unique<Person>(server));
  const auto room = open_room(*people[0], {{"max_players", people_count}});
  const auto before = metric(server, "netherlink_vpn_policy_puts_total");
  const auto began = Clock::now();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 1 + t; i < people_count; i += 4) in_room(*people[static_cast<std::size_t>(i)], room, "join");
    });
  }
  for (auto& thread : threads) thread.join();
  const auto took = std::chrono::duration<double>(Clock::now() - began).count();
  CHECK(eventually([&] {
    const auto all = headscale.circles();
    return all.size() == 1 && all[0].size() == people_count;
  }));
  const auto puts = metric(server, "netherlink_vpn_policy_puts_total") - before;
  INFO(puts << " policies in " << took << " s");
  CHECK(puts <= 2 + took / 0.15);
  CHECK(puts < people_count - 1);
}

}  // namespace netherlink::test
