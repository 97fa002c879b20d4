#include <thread>

#include "support/catch.hpp"
#include "support/people.hpp"

namespace netherlink::test {
namespace {

using nlohmann::json;

ServerProcess& server() {
  static ServerProcess process;
  return process;
}

constexpr const char* path = "/api/v1/users/me/preferences";

const json defaults{
    {"notifications", "all"}, {"dnd", nullptr}, {"show_presence", true}, {"direct_messages_from", "everyone"}};

}  // namespace

TEST_CASE("preferences: the defaults, and changes of some", "[preferences]") {
  Person ada(server(), "ada");
  CHECK(ada.http.get(path).json == defaults);
  CHECK(ada.http.patch(path, json::object()).json == defaults);
  auto expected = defaults;
  const auto change = [&](const char* name, const json& value) {
    expected[name] = value;
    const auto answer = ada.http.patch(path, {{name, value}});
    CHECK(answer.status == 200);
    CHECK(answer.json == expected);
    CHECK(ada.http.get(path).json == expected);
  };
  const json quiet{{"from", "22:00"}, {"to", "07:30"}, {"timezone", "Europe/Berlin"}};
  change("notifications", "mentions");
  change("dnd", quiet);
  change("show_presence", false);
  change("direct_messages_from", "friends");
  change("notifications", "none");
  change("dnd", nullptr);
  change("dnd", {{"from", "00:00"}, {"to", "23:59"}, {"timezone", "UTC"}});
  Person bob(server(), "bob");
  CHECK(bob.http.get(path).json == defaults);
}

TEST_CASE("preferences: what is none is refused, and changes nothing", "[preferences]") {
  Person ada(server(), "ada");
  const auto dnd = [](const char* from, const char* to, const char* zone) {
    return json{{"dnd", {{"from", from}, {"to", to}, {"timezone", zone}}}};
  };
  for (const auto& bad :
       {json{{"notifications", "some"}}, json{{"notifications", 1}}, json{{"show_presence", "yes"}},
        json{{"direct_messages_from", "nobody"}}, json{{"dnd", "22:00"}}, json{{"dnd", json::object()}},
        json{{"dnd", {{"from", "22:00"}, {"to", "07:00"}}}}, json{{"quiet", true}}, dnd("24:00", "07:00", "UTC"),
        dnd("22:60", "07:00", "UTC"), dnd("7:00", "08:00", "UTC"), dnd("22:00", "22:00", "UTC"),
        dnd("22:00", "07:00", "Europe/Atlantis"), dnd("22:00", "07:00", ""), dnd("22:00", "07:00", "GMT+3"),
        json{{"dnd", {{"from", "22:00"}, {"to", "07:00"}, {"timezone", "UTC"}, {"days", 1}}}}}) {
    INFO(bad.dump());
    CHECK(ada.http.patch(path, bad).code() == "request.invalid");
  }
  CHECK(ada.http.get(path).json == defaults);
  CHECK(HttpClient(server().port()).get(path).code() == "auth.required");
}

TEST_CASE("preferences: changes at once do not lose each other", "[preferences]") {
  Person ada(server(), "ada");
  auto phone = ada.sign_in();
  std::thread other([&] {
    for (int i = 0; i < 20; ++i) phone.http.patch(path, {{"notifications", i % 2 == 0 ? "mentions" : "none"}});
  });
  for (int i = 0; i < 20; ++i) {
    const auto answer = ada.http.patch(path, {{"show_presence", i % 2 == 0}});
    CHECK(answer.json["show_presence"] == (i % 2 == 0));
  }
  other.join();
  CHECK(ada.http.get(path).json["notifications"] == "none");
  CHECK(ada.http.get(path).json["show_presence"] == false);
}

TEST_CASE("preferences: direct messages from friends alone", "[preferences]") {
  Person ada(server(), "ada"), bob(server(), "bob");
  for (auto* person : {&ada, &bob}) person->socket();
  CHECK(try_to_say(bob, ada)["type"] == "message.ack");
  CHECK(ada.http.patch(path, {{"direct_messages_from", "friends"}}).status == 200);
  const auto refused = try_to_write(bob, ada);
  CHECK(refused.status == 403);
  CHECK(refused.code() == "user.not_reachable");
  CHECK(try_to_say(bob, ada)["data"]["code"] == "user.not_reachable");
  // It is ada's wish about others, not about herself; and asking to be friends is how one becomes one.
  CHECK(try_to_say(ada, bob)["type"] == "message.ack");
  make_friends(bob, ada);
  CHECK(try_to_say(bob, ada)["type"] == "message.ack");
  CHECK(bob.http.erase("/api/v1/friends/" + ada.id).status == 204);
  CHECK(try_to_say(bob, ada)["data"]["code"] == "user.not_reachable");
  CHECK(ada.http.patch(path, {{"direct_messages_from", "everyone"}}).status == 200);
  CHECK(try_to_say(bob, ada)["type"] == "message.ack");
}

}  // namespace netherlink::test
