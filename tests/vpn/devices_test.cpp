// The virtual LAN with real devices.
#include "support/catch.hpp"
#include "support/headscale_server.hpp"
#include "support/lan_node.hpp"
#include "support/people.hpp"
#include "support/redis_server.hpp"
#include "support/rooms.hpp"

namespace netherlink::test {
namespace {

using nlohmann::json;

/// Somebody whose device came in with a key of their own.
struct Player {
  Player(const ServerProcess& server, const HeadscaleServer& headscale, const std::string& name)
      : person(server, name), device(headscale.url(), name) {
    person.socket();
  }
  /// Empty, or why not.
  std::string come_in() {
    HttpAnswer answer;
    // A slow machine may take longer for a key than a control server is waited for.
    eventually([&] {
      answer = person.http.post("/api/v1/vpn/pre-auth-key", json{{"device", "desk"}});
      return answer.status == 200;
    });
    if (answer.status != 200) return answer.body;
    key = answer.json["pre_auth_key"];
    return device.up(key);
  }

  Person person;
  LanNode device;
  std::string key;
};

std::vector<json> peers(Person& who, const json& room) {
  return who.http.get("/api/v1/rooms/" + room["id"].get<std::string>() + "/peers").json["items"];
}

}  // namespace

TEST_CASE("vpn: devices reach each other in a room alone, and are cut at once", "[vpn][devices]") {
  REQUIRE(LanNode::available());
  HeadscaleServer headscale;
  ServerProcess server(headscale.settings());
  REQUIRE(eventually([&] { return headscale.policy().contains("acls"); }));
  Player ada(server, headscale, "ada"), bob(server, headscale, "bob"), eve(server, headscale, "eve");
  for (auto* player : {&ada, &bob, &eve}) {
    const auto problem = player->come_in();
    INFO(problem);
    REQUIRE(problem.empty());
  }
  CHECK(ada.device.address() != bob.device.address());
  // Closed from the first moment.
  CHECK_FALSE(ada.device.reaches(bob.device));

  const auto room = open_room(ada.person);
  in_room(bob.person, room, "join");
  CHECK(eventually([&] { return ada.device.reaches(bob.device) && bob.device.reaches(ada.device); }));
  CHECK_FALSE(eve.device.reaches(bob.device));
  CHECK(eventually([&] { return peers(ada.person, room).size() == 2; }));
  for (const auto& peer : peers(ada.person, room)) {
    CHECK(peer["device"] == "desk");
    CHECK(peer["online"] == true);
    CHECK(peer["address"] == (peer["user_id"] == ada.person.id ? ada.device.address() : bob.device.address()));
  }
  const auto both = [&](const json& data) { return data.contains("peers") && data["peers"].size() == 2; };
  ada.person.socket().expect("vpn.updated", both);

  const auto cut = [&](const std::string& how, const auto& act, Player& other) {
    INFO(how);
    REQUIRE(eventually([&] { return ada.device.connect(other.device); }));
    act();
    const auto began = Clock::now();
    CHECK(eventually([&] { return !ada.device.flows() && !ada.device.reaches(other.device); }));
    CHECK(Clock::now() - began < std::chrono::seconds(5));
  };
  cut(
      "leave", [&] { in_room(bob.person, room, "leave"); }, bob);
  in_room(bob.person, room, "join");
  cut(
      "block", [&] { block(ada.person, bob.person); }, bob);
  unblock(ada.person, bob.person);
  cut(
      "kick",
      [&] {
        in_room(ada.person, room, "kick", {{"user_id", bob.person.id}});
      },
      bob);
  in_room(eve.person, room, "join");
  cut(
      "logout", [&] { eve.person.http.request("POST", "/api/v1/auth/logout"); }, eve);
  CHECK(eventually([&] { return headscale.nodes().size() == 2; }));

  // A key works once.
  LanNode thief(headscale.url(), "thief");
  CHECK_FALSE(thief.up(bob.key).empty());
}

TEST_CASE("vpn: devices come back after the control server forgot everything", "[vpn][devices]") {
  REQUIRE(LanNode::available());
  HeadscaleServer headscale;
  ServerProcess server(headscale.settings());
  REQUIRE(eventually([&] { return headscale.policy().contains("acls"); }));
  Player ada(server, headscale, "ada"), bob(server, headscale, "bob");
  REQUIRE(ada.come_in().empty());
  REQUIRE(bob.come_in().empty());
  const auto room = open_room(ada.person);
  in_room(bob.person, room, "join");
  REQUIRE(eventually([&] { return peers(ada.person, room).size() == 2; }));
  headscale.kill();
  headscale.lose_database();
  headscale.start();
  const auto again = [](const json& data) { return data.value("rejoin", false); };
  CHECK(ada.person.socket().expect("vpn.updated", again)["device"] == "desk");
  CHECK(eventually([&] { return peers(ada.person, room).empty(); }));
  LanNode fresh(headscale.url(), "ada");
  REQUIRE(eventually([&] {
    const auto answer = ada.person.http.post("/api/v1/vpn/pre-auth-key", json{{"device", "desk"}});
    return answer.status == 200 && fresh.up(answer.json["pre_auth_key"]).empty();
  }));
  CHECK(eventually([&] { return peers(ada.person, room).size() == 1; }));
  CHECK(eventually([&] { return headscale.nodes().size() == 1; }));
}

TEST_CASE("vpn: a device that nobody asked for is removed", "[vpn][devices]") {
  REQUIRE(LanNode::available());
  HeadscaleServer headscale;
  ServerProcess server(headscale.settings());
  REQUIRE(eventually([&] { return headscale.policy().contains("acls"); }));
  const auto user = headscale.call("POST", "/user", {{"name", "intruder"}});
  const auto key =
      headscale.call("POST", "/preauthkey", {{"user", user["user"]["id"]}, {"expiration", "2099-01-01T00:00:00Z"}});
  LanNode stray(headscale.url(), "stray");
  REQUIRE(stray.up(key["preAuthKey"]["key"]).empty());
  CHECK(eventually([&] { return headscale.nodes().empty(); }));
  CHECK(server.wait_for_log("nodes that nobody asked for"));
}

}  // namespace netherlink::test
