// The virtual LAN while a real Headscale is away, slow, mad, or has forgotten everything.
#include <signal.h>

#include "support/catch.hpp"
#include "support/headscale_server.hpp"
#include "support/people.hpp"
#include "support/redis_server.hpp"
#include "support/rooms.hpp"
#include "support/stack.hpp"

namespace netherlink::test {
namespace {

using nlohmann::json;

bool together(const HeadscaleServer& headscale, const Person& a, const Person& b) {
  for (const auto& circle : headscale.circles()) {
    const auto has = [&](const Person& one) {
      return std::find(circle.begin(), circle.end(), "u" + one.id + "@") != circle.end();
    };
    if (has(a) && has(b)) return true;
  }
  return false;
}

bool closed(const HeadscaleServer& headscale) {
  return headscale.policy().contains("acls");
}

HttpAnswer ask_for_key(Person& who) {
  return who.http.post("/api/v1/vpn/pre-auth-key", json::object());
}

std::string status_of(Person& who) {
  return who.http.get("/api/v1/vpn/status").json.at("status");
}

/// Signing in, joining and leaving go on at once, whatever the control server does, and keys are refused.
void live_without(ServerProcess& server, const std::vector<std::string>& what) {
  INFO(what.front());
  const auto began = Clock::now();
  Person ada(server, "ada"), bob(server, "bob");
  CHECK(ada.login["vpn"]["status"] == "pending");
  const auto room = open_room(ada);
  CHECK(in_room(bob, room, "join").status == 200);
  CHECK(in_room(bob, room, "leave").status == 200);
  CHECK(Clock::now() - began < std::chrono::seconds(5));
  const auto refused = ask_for_key(ada);
  CHECK(refused.code() == "vpn.unavailable");
  CHECK_FALSE(refused.header("retry-after").empty());
  CHECK(eventually([&] { return status_of(ada) == "pending"; }));
}

}  // namespace

TEST_CASE("vpn: away, slow or mad: people do not wait, and the state converges", "[vpn]") {
  HeadscaleServer headscale;
  ServerProcess server(headscale.settings());
  REQUIRE(eventually([&] { return closed(headscale); }));
  Person ada(server, "ada"), bob(server, "bob"), eve(server, "eve");
  const auto room = open_room(ada);
  in_room(bob, room, "join");
  in_room(eve, room, "join");
  REQUIRE(eventually([&] { return together(headscale, ada, eve); }));

  SECTION("away") {
    headscale.kill();
    live_without(server, {"away"});
    in_room(eve, room, "leave");
    headscale.start();
  }
  SECTION("slow") {
    headscale.pause();
    live_without(server, {"slow"});
    in_room(eve, room, "leave");
    headscale.resume();
  }
  SECTION("mad") {
    const auto* body = GENERATE(R"({"hello":"world"})", "<html>502</html>", R"({"policy":7,"nodes":{},"users":"x"})");
    headscale.kill();
    {
      NonsenseServer nonsense(headscale.port(), body);
      live_without(server, {body});
      in_room(eve, room, "leave");
      CHECK(eventually([&] { return nonsense.answered() > 0; }));
    }
    headscale.start();
  }
  CHECK(eventually([&] { return together(headscale, ada, bob) && !together(headscale, ada, eve); },
                   milliseconds(60'000)));
  CHECK(eventually([&] { return status_of(ada) == "ready"; }, milliseconds(60'000)));
  CHECK(eventually([&] { return ask_for_key(ada).status == 200; }, milliseconds(60'000)));
}

TEST_CASE("vpn: a database that is lost opens nothing", "[vpn]") {
  HeadscaleServer headscale;
  ServerProcess server(headscale.settings());
  REQUIRE(eventually([&] { return closed(headscale); }));
  Person ada(server, "ada"), bob(server, "bob");
  ada.socket();
  const auto room = open_room(ada);
  in_room(bob, room, "join");
  REQUIRE(eventually([&] { return together(headscale, ada, bob); }));
  REQUIRE(eventually([&] { return ask_for_key(ada).status == 200; }));
  headscale.kill();
  headscale.lose_database();
  headscale.start();
  // No key before the policy, whoever is quicker; one that was made ahead, before, opens nothing any more.
  ask_for_key(bob);
  if (!headscale.keys().empty()) CHECK(closed(headscale));
  CHECK(eventually([&] { return together(headscale, ada, bob); }, milliseconds(60'000)));
  const auto frame = ada.socket().expect("vpn.updated", [](const json& data) { return data.value("rejoin", false); });
  CHECK(frame["status"] == "pending");
  CHECK(eventually([&] { return ask_for_key(ada).status == 200; }, milliseconds(60'000)));
  CHECK(server.log().find("control server has a new database") != std::string::npos);
}

TEST_CASE("vpn: what others change at the control server is repaired", "[vpn]") {
  HeadscaleServer headscale;
  ServerProcess server(headscale.settings());
  REQUIRE(eventually([&] { return closed(headscale); }));
  Person ada(server, "ada"), bob(server, "bob");
  const auto room = open_room(ada);
  in_room(bob, room, "join");
  REQUIRE(eventually([&] { return together(headscale, ada, bob); }));
  const auto open = json{{"acls", {{{"action", "accept"}, {"src", {"*"}}, {"dst", {"*:*"}}}}}}.dump();
  REQUIRE_FALSE(headscale.call("PUT", "/policy", {{"policy", open}}).is_null());
  CHECK(eventually([&] { return together(headscale, ada, bob); }));
  CHECK(server.wait_for_log("somebody else changed the policy"));
  HttpClient http(server.port());
  const auto text = http.get("/metrics").body;
  CHECK(text.find("\nnetherlink_vpn_drift_repairs_total 1") != std::string::npos);
}

TEST_CASE("vpn: a full or silent cell hands its rooms over", "[vpn]") {
  HeadscaleServer one, other;
  const auto cells = "vpn.cells=[" + one.cell("a") + ", " + other.cell("b") + "]";
  auto settings = one.settings();
  settings[0] = cells;
  settings.emplace_back("vpn.keys_ahead=0");
  ServerProcess server(settings);
  REQUIRE(eventually([&] { return closed(one) && closed(other); }));
  Person ada(server, "ada"), bob(server, "bob");
  ada.socket();
  const auto room = open_room(ada);
  in_room(bob, room, "join");
  REQUIRE(eventually([&] { return together(one, ada, bob) || together(other, ada, bob); }));
  auto& home = together(one, ada, bob) ? one : other;
  auto& next = &home == &one ? other : one;
  HttpAnswer key;
  REQUIRE(eventually([&] {
    key = ask_for_key(ada);
    return key.status == 200;
  }));
  CHECK(key.json["control_url"] == home.url());
  home.kill();
  REQUIRE(eventually([&] { return status_of(ada) == "pending"; }));
  CHECK(eventually([&] {
    const auto answer = ask_for_key(ada);
    return answer.status == 200 && answer.json["control_url"] == next.url();
  }));
  const auto moved = [](const json& data) { return data.value("rejoin", false); };
  CHECK(ada.socket().expect("vpn.updated", moved)["control_url"] == next.url());
  CHECK(eventually([&] { return together(next, ada, bob); }));
  home.start();
  CHECK(eventually([&] { return closed(home) && !together(home, ada, bob); }, milliseconds(60'000)));
}

TEST_CASE("vpn: the writer is killed, and another replica goes on", "[vpn]") {
  HeadscaleServer headscale;
  auto& stack = Stack::shared();
  Replicas replicas(stack, 2, headscale.settings());
  REQUIRE(eventually([&] { return closed(headscale); }));
  Person ada(replicas[0], "ada"), bob(replicas[1], "bob"), eve(replicas[1], "eve");
  bob.socket();
  const auto room = open_room(ada);
  in_room(bob, room, "join");
  REQUIRE(eventually([&] { return together(headscale, ada, bob); }));
  const auto writes = [](const ServerProcess& server) {
    HttpClient http(server.port());
    return http.get("/metrics").body.find("\nnetherlink_vpn_writer{cell=\"a\"} 1") != std::string::npos;
  };
  const bool first = writes(replicas[0]);
  CHECK(first != writes(replicas[1]));
  auto& writer = first ? replicas[0] : replicas[1];
  auto& rest = first ? replicas[1] : replicas[0];
  for (auto* person : {&ada, &bob, &eve}) {
    person->http.set_port(rest.port());
    person->http.disconnect();
  }
  SECTION("killed") {
    writer.kill();
    in_room(eve, room, "join");
    CHECK(eventually([&] { return together(headscale, ada, eve); }, milliseconds(60'000)));
  }
  SECTION("paused, and back with an old idea") {
    writer.signal(SIGSTOP);
    in_room(eve, room, "join");
    CHECK(eventually([&] { return together(headscale, ada, eve); }, milliseconds(60'000)));
    in_room(bob, room, "leave");
    CHECK(eventually([&] { return !together(headscale, ada, bob); }, milliseconds(60'000)));
    writer.signal(SIGCONT);
    CHECK(eventually([&] { return !writes(writer); }));
    CHECK(writes(rest));
    CHECK(eventually([&] { return together(headscale, ada, eve) && !together(headscale, ada, bob); }));
  }
}

}  // namespace netherlink::test
