#include <algorithm>
#include <atomic>
#include <thread>

#include "support/catch.hpp"
#include "support/groups.hpp"

namespace netherlink::test {
namespace {

using nlohmann::json;

ServerProcess& server() {
  static ServerProcess process({"groups.max_members=3", "groups.max_links=3", "groups.max_per_user=5"});
  return process;
}

/// Both at the same time.
void at_once(const std::function<void()>& one, const std::function<void()>& other) {
  std::atomic<int> ready{0};
  const auto run = [&](const std::function<void()>& what) {
    for (++ready; ready < 2;) std::this_thread::yield();
    what();
  };
  std::thread thread([&] { run(other); });
  run(one);
  thread.join();
}

}  // namespace

TEST_CASE("joining: a link brings people in, until it is ended", "[groups]") {
  Person ada(server(), "ada"), bob(server(), "bob"), eve(server(), "eve"), kim(server(), "kim");
  for (auto* person : {&ada, &bob}) person->socket();
  const auto group = make_group(ada, {});
  const auto made = ada.http.post(group_path(group, "/link"), {{"expires_in", 3600}, {"max_uses", 5}});
  REQUIRE(made.status == 201);
  const std::string code = made.json["code"];
  CHECK(made.json["max_uses"] == 5);
  CHECK(made.json["expires_at"].is_string());
  CHECK(made.json["url"].get<std::string>().ends_with("/invite/" + code));
  const auto plain = ada.http.request("POST", group_path(group, "/link"));
  REQUIRE(plain.status == 201);
  CHECK(plain.json["expires_at"].is_null());
  CHECK(plain.json["max_uses"].is_null());

  const auto joined = join_by(bob, code);
  REQUIRE(joined.status == 200);
  CHECK(joined.json["id"] == group["id"]);
  CHECK(joined.json["my_role"] == "member");
  CHECK(joined.json["member_count"] == 2);
  CHECK(expect_event(ada, group, "group.member_joined")["sender_id"] == bob.id);
  bob.socket().expect("conversation.updated");
  bob.say(group["conversation_id"], "hello");
  expect_text(ada, group, "hello");
  CHECK(join_by(bob, code).json["member_count"] == 2);
  CHECK(join_by(eve, "nonsense").code() == "group.link_invalid");
  CHECK(join_by(eve, plain.json["code"]).status == 200);
  CHECK(join_by(kim, code).code() == "group.full");
  CHECK(eve.http.erase(group_path(group, "/members/" + eve.id)).status == 204);
  CHECK(ada.http.erase(group_path(group, "/link")).status == 204);
  for (const auto& ended : {code, plain.json["code"].get<std::string>()}) {
    CHECK(join_by(kim, ended).code() == "group.link_invalid");
  }
  for (int i = 0; i < 3; ++i) make_link(ada, group);
  CHECK(ada.http.request("POST", group_path(group, "/link")).code() == "group.too_many");
}

TEST_CASE("joining: with requests an admin decides", "[groups]") {
  Person ada(server(), "ada"), bob(server(), "bob"), eve(server(), "eve");
  for (auto* person : {&ada, &bob, &eve}) person->socket();
  const auto group = make_group(ada, {}, {{"join", "request"}});
  const auto code = make_link(ada, group);
  for (auto* person : {&bob, &eve}) {
    const auto asked = join_by(*person, code);
    CHECK(asked.status == 202);
    CHECK(asked.json == json{{"status", "pending"}});
  }
  CHECK(join_by(bob, code).status == 202);
  const auto two = [](const json& data) { return data["group"]["pending_requests"] == 2; };
  ada.socket().expect("group.updated", two);
  CHECK(bob.http.get(group_path(group)).status == 404);
  const auto requests = whole_list(ada, group_path(group, "/requests"), 1);
  REQUIRE(requests.size() == 2);
  CHECK(requests[0]["user"]["id"] == bob.id);
  CHECK(bob.http.get(group_path(group, "/requests")).status == 404);
  const auto accepted = ada.http.request("POST", group_path(group, "/requests/" + bob.id + "/accept"));
  REQUIRE(accepted.status == 200);
  CHECK(accepted.json["user"]["id"] == bob.id);
  CHECK(accepted.json["role"] == "member");
  bob.socket().expect("conversation.updated");
  expect_event(bob, group, "group.member_joined");
  CHECK(bob.http.get(group_path(group, "/requests")).code() == "group.forbidden");
  CHECK(ada.http.request("POST", group_path(group, "/requests/" + eve.id + "/reject")).status == 204);
  CHECK(ada.http.request("POST", group_path(group, "/requests/" + eve.id + "/reject")).status == 404);
  CHECK(whole_list(ada, group_path(group, "/requests")).empty());
  CHECK(eve.socket().collect("conversation.updated").empty());
  CHECK(join_by(eve, code).status == 202);
}

TEST_CASE("joining: an invite-only group has no links", "[groups]") {
  Person ada(server(), "ada"), bob(server(), "bob");
  const auto group = make_group(ada, {}, {{"join", "invite"}});
  CHECK(ada.http.request("POST", group_path(group, "/link")).code() == "group.forbidden");
  CHECK(ada.http.patch(group_path(group), {{"join", "link"}}).status == 200);
  const auto code = make_link(ada, group);
  CHECK(ada.http.patch(group_path(group), {{"join", "invite"}}).status == 200);
  CHECK(join_by(bob, code).code() == "group.link_invalid");
}

TEST_CASE("joining: who is banned stays out until an admin wants them back", "[groups]") {
  Person ada(server(), "ada"), bob(server(), "bob"), eve(server(), "eve");
  bob.socket();
  const auto group = make_group(ada, {&bob});
  const auto code = make_link(ada, group);
  const auto bans = group_path(group, "/bans");
  for (int i = 0; i < 2; ++i) CHECK(ada.http.request("PUT", bans + "/" + bob.id).status == 204);
  bob.socket().expect("conversation.removed");
  CHECK(join_by(bob, code).code() == "group.forbidden");
  CHECK(ada.http.request("PUT", bans + "/" + eve.id).status == 204);
  CHECK(join_by(eve, code).code() == "group.forbidden");
  const auto banned = whole_list(ada, bans, 1);
  REQUIRE(banned.size() == 2);
  CHECK(banned[0]["user"]["id"] == bob.id);
  CHECK(banned[0]["banned_by"] == ada.id);
  CHECK(ada.http.request("PUT", bans + "/1").code() == "user.not_found");
  CHECK(ada.http.request("PUT", bans + "/" + ada.id).code() == "group.forbidden");
  for (int i = 0; i < 2; ++i) CHECK(ada.http.erase(bans + "/" + eve.id).status == 204);
  CHECK(join_by(eve, code).status == 200);
  CHECK(eve.http.get(bans).code() == "group.forbidden");
  CHECK(ada.http.post(group_path(group, "/members"), {{"user_ids", {bob.id}}}).status == 201);
  CHECK(whole_list(ada, bans).empty());
}

TEST_CASE("joining: every call in every role", "[groups]") {
  struct Call {
    const char* method;
    std::string path;
    json body;
    const char* least;  // owner, admin, member
  };
  Person owner(server(), "owner"), admin(server(), "admin"), member(server(), "member"), stranger(server(), "stranger"),
      kicked(server(), "kicked");
  const auto group = make_group(owner, {&kicked});
  CHECK(owner.http.erase(group_path(group, "/members/" + kicked.id)).status == 204);
  for (auto* person : {&admin, &member}) {
    make_friends(owner, *person);
    CHECK(owner.http.post(group_path(group, "/members"), {{"user_ids", {person->id}}}).status == 201);
  }
  CHECK(owner.http.patch(group_path(group, "/members/" + admin.id), {{"role", "admin"}}).status == 200);
  const Call calls[] = {
      {"GET", "", {}, "member"},
      {"GET", "/members", {}, "member"},
      {"PATCH", "", {{"announcement", "x"}}, "admin"},
      {"GET", "/bans", {}, "admin"},
      {"GET", "/requests", {}, "admin"},
      {"POST", "/link", json::object(), "admin"},
      {"DELETE", "/link", {}, "admin"},
      {"POST", "/members", {{"user_ids", {member.id}}}, "admin"},
      {"PATCH", "/members/" + member.id, {{"muted_until", nullptr}}, "admin"},
      {"PUT", "/bans/" + stranger.id, {}, "admin"},
      {"DELETE", "/bans/" + stranger.id, {}, "admin"},
      {"PATCH", "/members/" + member.id, {{"role", "member"}}, "owner"},
  };
  const std::vector<std::string> roles{"member", "admin", "owner"};
  const auto rank = [&](const std::string& role) { return std::ranges::find(roles, role) - roles.begin(); };
  const std::pair<Person*, std::string> members[] = {{&member, "member"}, {&admin, "admin"}, {&owner, "owner"}};
  for (const auto& call : calls) {
    const auto ask = [&](Person& who) {
      return call.body.is_null() ? who.http.request(call.method, group_path(group, call.path))
                                 : who.http.request(call.method, group_path(group, call.path), call.body);
    };
    INFO(call.method << " " << call.path);
    for (auto* outsider : {&stranger, &kicked}) CHECK(ask(*outsider).code() == "resource.not_found");
    for (const auto& [who, role] : members) {
      INFO(role);
      const auto answer = ask(*who);
      if (rank(role) >= rank(call.least)) {
        CHECK(answer.status / 100 == 2);
      } else {
        CHECK(answer.code() == "group.forbidden");
      }
    }
  }
  // Nobody reaches those of their own role, nor above.
  for (auto* person : {&admin, &owner}) {
    for (const auto& [method, path] : {std::pair("DELETE", "/members/"), std::pair("PUT", "/bans/")}) {
      CHECK(admin.http.request(method, group_path(group, path + owner.id)).code() == "group.forbidden");
      CHECK(member.http.request(method, group_path(group, path + person->id)).code() == "group.forbidden");
    }
  }
  for (auto* person : {&member, &admin}) {
    CHECK(person->http.erase(group_path(group)).code() == "group.forbidden");
    CHECK(person->http.post(group_path(group, "/transfer"), {{"user_id", owner.id}}).code() == "group.forbidden");
  }
  for (auto* person : {&stranger, &kicked}) {
    CHECK(person->http.erase(group_path(group)).code() == "resource.not_found");
    CHECK(person->http.request("POST", group_path(group, "/leave")).code() == "resource.not_found");
    CHECK(person->http.post(group_path(group, "/transfer"), {{"user_id", owner.id}}).code() == "resource.not_found");
  }
}

TEST_CASE("joining: of two who race for the last place, or the last use, one is in", "[groups]") {
  Person ada(server(), "ada"), bob(server(), "bob");
  for (int round = 0; round < 4; ++round) {
    Person eve(server(), "eve"), kim(server(), "kim");
    const auto group = make_group(ada, {});
    const bool last_use = round % 2 == 0;
    const auto code = make_link(ada, group, last_use ? json{{"max_uses", 1}} : json::object());
    if (!last_use) CHECK(join_by(bob, code).status == 200);
    HttpAnswer answers[2];
    for (auto* person : {&eve, &kim}) person->http.get("/api/v1/users/me");  // the connection is there
    at_once([&] { answers[0] = join_by(eve, code); }, [&] { answers[1] = join_by(kim, code); });
    const auto in = std::ranges::count(answers, 200, &HttpAnswer::status);
    CHECK(in == 1);
    for (const auto& answer : answers) {
      if (answer.status != 200) CHECK(answer.code() == (last_use ? "group.link_invalid" : "group.full"));
    }
    CHECK(ada.http.erase(group_path(group)).status == 204);
  }
}

TEST_CASE("joining: a person is in so many groups", "[groups]") {
  Person ada(server(), "ada"), bob(server(), "bob");
  for (int i = 0; i < 5; ++i) make_group(ada, {});
  CHECK(ada.http.post("/api/v1/groups", {{"name", "one more"}}).code() == "group.too_many");
  CHECK(whole_list(ada, "/api/v1/groups", 2).size() == 5);
  const auto group = make_group(bob, {});
  CHECK(join_by(ada, make_link(bob, group)).code() == "group.too_many");
}

}  // namespace netherlink::test
