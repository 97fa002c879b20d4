#include <algorithm>

#include "support/catch.hpp"
#include "support/groups.hpp"

namespace netherlink::test {
namespace {

using nlohmann::json;

ServerProcess& server() {
  static ServerProcess process(
      {"groups.name_bytes=40", "groups.announcement_bytes=50", "groups.max_added=4", "groups.max_links=3"});
  return process;
}

bool of(const json& data, const json& group) {
  return data.at("conversation_id") == group.at("conversation_id");
}

json expect_conversation(Person& who, const json& group) {
  const auto wanted = [&](const json& data) { return of(data.at("conversation"), group); };
  return who.socket().expect("conversation.updated", wanted).at("conversation");
}

void expect_removed(Person& who, const json& group) {
  who.socket().expect("conversation.removed", [&](const json& data) { return of(data, group); });
}

json expect_group(Person& who, const json& group, const std::function<bool(const json&)>& wanted) {
  const auto right = [&](const json& data) {
    return data.at("group").at("id") == group.at("id") && wanted(data.at("group"));
  };
  return who.socket().expect("group.updated", right).at("group");
}

HttpAnswer add(Person& who, const json& group, const Person& whom) {
  return who.http.post(group_path(group, "/members"), {{"user_ids", {whom.id}}});
}

}  // namespace

TEST_CASE("groups: one is made, told to its members and read by them", "[groups]") {
  Person ada(server(), "ada"), bob(server(), "bob"), eve(server(), "eve");
  for (auto* person : {&ada, &bob}) person->socket();
  const auto group = make_group(ada, {&bob}, {{"announcement", "hello"}});
  CHECK(group["conversation_id"] == "group_" + group["id"].get<std::string>());
  CHECK(group["owner_id"] == ada.id);
  CHECK(group["member_count"] == 2);
  CHECK(group["my_role"] == "owner");
  CHECK(group["announcement"] == "hello");
  CHECK(group["avatar_url"] == "");
  CHECK(group["history"] == "joined");
  CHECK(group["join"] == "link");
  for (auto* person : {&ada, &bob}) {
    const auto conversation = expect_conversation(*person, group);
    CHECK(conversation["kind"] == "group");
    CHECK(conversation["target_id"] == group["id"]);
    CHECK(conversation["name"] == group["name"]);
    const auto message = expect_event(*person, group, "group.created");
    CHECK(message["seq"] == 1);
    CHECK(message["sender_id"] == ada.id);
    CHECK(message["content"] == "The group was created.");
    CHECK(message["extra"]["user_ids"] == json{bob.id});
    const auto path = "/api/v1/chat/messages/" + message["message_id"].get<std::string>();
    CHECK(person->http.erase(path + "?scope=all").code() == "chat.forbidden");
  }
  CHECK(expect_group(ada, group, [](const json&) { return true; })["my_role"] == "owner");
  const auto told = expect_group(bob, group, [](const json&) { return true; });
  CHECK(told["my_role"] == "member");
  CHECK_FALSE(told.contains("pending_requests"));
  CHECK(bob.http.get(group_path(group)).json == told);
  CHECK(whole_list(bob, "/api/v1/groups") == std::vector{told});
  CHECK(eve.http.get(group_path(group)).code() == "resource.not_found");
  CHECK(whole_list(eve, "/api/v1/groups").empty());
  const auto members = whole_list(bob, group_path(group, "/members"));
  REQUIRE(members.size() == 2);
  for (const auto& member : members) {
    const bool owner = member["user"]["id"] == ada.id;
    CHECK(member["role"] == (owner ? "owner" : "member"));
    CHECK(member["muted_until"].is_null());
  }
  // Somebody who connects later finds it in the welcome.
  auto phone = bob.sign_in();
  const auto& conversations = phone.socket().welcome()["conversations"];
  CHECK(std::ranges::any_of(conversations, [&](const json& one) { return of(one, group); }));
}

TEST_CASE("groups: members write and hear each other", "[groups]") {
  Person ada(server(), "ada"), bob(server(), "bob"), eve(server(), "eve");
  for (auto* person : {&ada, &bob, &eve}) person->socket();
  const auto group = make_group(ada, {&bob});
  const std::string conversation = group["conversation_id"];
  CHECK(ada.say(conversation, "before")["seq"] == 2);
  expect_text(bob, group, "before");
  CHECK(eve.socket().request("message.send", text_message(conversation, "let me in"))["data"]["code"] ==
        "chat.not_member");

  make_friends(ada, eve);
  const auto added = add(ada, group, eve);
  REQUIRE(added.status == 201);
  CHECK(added.json["items"].size() == 1);
  CHECK(added.json["items"][0]["user"]["id"] == eve.id);
  CHECK(added.json["next_cursor"].is_null());
  CHECK(expect_event(bob, group, "group.member_joined")["extra"]["user_id"] == eve.id);
  CHECK(expect_conversation(eve, group)["read_seq"] == 2);
  CHECK(expect_event(eve, group, "group.member_joined")["seq"] == 3);
  CHECK(eve.say(conversation, "thank you")["seq"] == 4);
  for (auto* person : {&ada, &bob}) CHECK(expect_text(*person, group, "thank you")["seq"] == 4);
  // Nothing of what was said before.
  const auto history = whole_history(eve, conversation);
  REQUIRE(history.size() == 2);
  CHECK(history.front()["seq"] == 3);
  CHECK(whole_history(bob, conversation).size() == 4);
  CHECK(add(ada, group, eve).status == 200);

  // Unless the group says so.
  CHECK(ada.http.patch(group_path(group), {{"history", "all"}}).json["history"] == "all");
  expect_event(eve, group, "group.changed");
  CHECK(whole_history(eve, conversation).size() == 5);
}

TEST_CASE("groups: who writes while still joining is acknowledged, in its place", "[groups]") {
  Person ada(server(), "ada"), bob(server(), "bob");
  make_friends(ada, bob);
  for (auto* person : {&ada, &bob}) person->socket();
  for (int round = 0; round < 30; ++round) {
    const auto made = ada.http.post("/api/v1/groups", {{"name", "quick"}, {"members", {bob.id}}});
    REQUIRE(made.status == 201);
    const std::string conversation = made.json["conversation_id"];
    for (int i = 0; i < 3; ++i) bob.socket().send("message.send", text_message(conversation, "already"));
    std::vector<int> seqs;
    while (seqs.size() < 4) {
      const auto frame = bob.socket().receive();
      REQUIRE(frame);
      const auto& data = (*frame)["data"];
      if ((*frame)["type"] == "message.ack") seqs.push_back(data["seq"]);
      if ((*frame)["type"] == "message.new" && of(data["message"], made.json)) seqs.push_back(data["message"]["seq"]);
    }
    CHECK(seqs == std::vector<int>{1, 2, 3, 4});
  }
}

TEST_CASE("groups: whoever is out hears nothing more", "[groups]") {
  Person ada(server(), "ada"), bob(server(), "bob"), eve(server(), "eve");
  for (auto* person : {&ada, &bob, &eve}) person->socket();
  const auto group = make_group(ada, {&bob, &eve});
  const std::string conversation = group["conversation_id"];
  expect_event(eve, group, "group.created");
  CHECK(ada.http.erase(group_path(group, "/members/" + eve.id)).status == 204);
  expect_removed(eve, group);
  CHECK(expect_event(bob, group, "group.member_removed")["extra"]["user_id"] == eve.id);
  const auto refused = eve.http.post("/api/v1/chat/messages", text_message(conversation, "am I still here?"));
  CHECK(refused.code() == "chat.not_member");
  ada.say(conversation, "gone");
  expect_text(bob, group, "gone");
  CHECK(eve.socket().collect("message.new").empty());
  CHECK(eve.http.get(group_path(group)).status == 404);
  CHECK(eve.http.get("/api/v1/chat/history?conversation_id=" + conversation).status == 404);
  CHECK(member_ids(ada, group).size() == 2);

  CHECK(bob.http.request("POST", group_path(group, "/leave")).status == 204);
  expect_removed(bob, group);
  CHECK(expect_event(ada, group, "group.member_left")["sender_id"] == bob.id);
  CHECK(bob.http.request("POST", group_path(group, "/leave")).status == 404);
  CHECK(ada.http.erase(group_path(group, "/members/" + ada.id)).status == 204);
  expect_removed(ada, group);
  CHECK(ada.http.get(group_path(group)).status == 404);
}

TEST_CASE("groups: who was out and is back goes on without a hole", "[groups]") {
  Person ada(server(), "ada"), bob(server(), "bob");
  for (auto* person : {&ada, &bob}) person->socket();
  const auto group = make_group(ada, {&bob});
  const std::string conversation = group["conversation_id"];
  expect_conversation(bob, group);
  expect_event(bob, group, "group.created");
  ada.http.erase(group_path(group, "/members/" + bob.id));
  expect_removed(bob, group);
  for (int i = 0; i < 3; ++i) ada.say(conversation, "while away");
  REQUIRE(add(ada, group, bob).status == 201);
  CHECK(expect_conversation(bob, group)["read_seq"] == 5);
  CHECK(expect_event(bob, group, "group.member_joined")["seq"] == 6);
  CHECK(whole_history(bob, conversation).size() == 1);
  ada.say(conversation, "welcome back");
  CHECK(expect_text(bob, group, "welcome back")["seq"] == 7);
}

TEST_CASE("groups: who is muted may read, and write again later", "[groups]") {
  Person ada(server(), "ada"), bob(server(), "bob");
  for (auto* person : {&ada, &bob}) person->socket();
  const auto group = make_group(ada, {&bob});
  const std::string conversation = group["conversation_id"];
  bob.say(conversation, "I can write");
  const auto path = group_path(group, "/members/" + bob.id);
  const auto muted = ada.http.patch(path, {{"muted_until", "2090-01-31T12:00:00+01:00"}});
  REQUIRE(muted.status == 200);
  CHECK(muted.json["muted_until"] == "2090-01-31T11:00:00.000Z");
  CHECK(bob.socket().request("message.send", text_message(conversation, "and now?"))["data"]["code"] == "chat.muted");
  CHECK(bob.http.post("/api/v1/chat/messages", text_message(conversation, "and now?")).code() == "chat.muted");
  ada.say(conversation, "quiet");
  expect_text(bob, group, "quiet");
  for (const auto* bad : {"2001-01-01T00:00:00Z", "tomorrow", "2090-02-30T00:00:00Z"}) {
    CHECK(ada.http.patch(path, {{"muted_until", bad}}).code() == "request.invalid");
  }
  CHECK(ada.http.patch(path, {{"muted_until", nullptr}}).json["muted_until"].is_null());
  bob.say(conversation, "at last");
  expect_text(ada, group, "at last");
}

TEST_CASE("groups: what is changed reaches every device of every member", "[groups]") {
  Person ada(server(), "ada"), bob(server(), "bob"), eve(server(), "eve");
  auto phone = bob.sign_in();
  for (auto* person : {&ada, &bob, &phone, &eve}) person->socket();
  const auto group = make_group(ada, {&bob, &eve});
  const auto path = group_path(group);
  CHECK(ada.http.patch(path + "/members/" + bob.id, {{"role", "admin"}}).json["role"] == "admin");
  const auto is_admin = [](const json& told) { return told["my_role"] == "admin"; };
  for (auto* person : {&bob, &phone}) expect_group(*person, group, is_admin);
  const auto changed = bob.http.patch(path, {{"name", "renamed"}, {"avatar_url", "https://example.org/x.png"}});
  REQUIRE(changed.status == 200);
  CHECK(changed.json["my_role"] == "admin");
  const auto renamed = [](const json& told) { return told["name"] == "renamed"; };
  CHECK(expect_group(ada, group, renamed)["my_role"] == "owner");
  for (auto* person : {&bob, &phone}) CHECK(expect_group(*person, group, renamed) == changed.json);
  CHECK(expect_group(eve, group, renamed)["my_role"] == "member");
  CHECK(expect_event(eve, group, "group.changed")["extra"]["fields"] == json{"name", "avatar_url"});
  const auto listed = whole_list(eve, "/api/v1/conversations");
  const auto found = std::ranges::find_if(listed, [&](const json& one) { return of(one, group); });
  REQUIRE(found != listed.end());
  CHECK((*found)["name"] == "renamed");

  CHECK(ada.http.post(path + "/transfer", {{"user_id", eve.id}}).status == 204);
  const auto eves = [&](const json& told) { return told["owner_id"] == eve.id; };
  CHECK(expect_group(ada, group, eves)["my_role"] == "admin");
  CHECK(expect_group(eve, group, eves)["my_role"] == "owner");
  CHECK(expect_group(bob, group, eves)["my_role"] == "admin");
  CHECK(eve.http.erase(path).status == 204);
  for (auto* person : {&ada, &bob, &phone, &eve}) expect_removed(*person, group);
  CHECK(eve.http.get(path).status == 404);
  CHECK(whole_list(eve, "/api/v1/groups").empty());
}

TEST_CASE("groups: an account that is deleted leaves its groups to others", "[groups]") {
  Person ada(server(), "ada"), bob(server(), "bob"), eve(server(), "eve");
  for (auto* person : {&bob, &eve}) person->socket();
  const auto group = make_group(ada, {&bob, &eve});
  CHECK(ada.http.patch(group_path(group, "/members/" + eve.id), {{"role", "admin"}}).status == 200);
  CHECK(ada.http.request("DELETE", "/api/v1/users/me", json{{"password", ada.password}}).status == 204);
  const auto eves = [&](const json& told) { return told["owner_id"] == eve.id; };
  CHECK(expect_group(eve, group, eves)["my_role"] == "owner");
  CHECK(expect_group(bob, group, eves)["member_count"] == 2);
  CHECK(expect_event(bob, group, "group.member_left")["extra"]["owner_id"] == eve.id);
  CHECK(member_ids(bob, group).size() == 2);
  bob.say(group["conversation_id"], "she is gone");
  expect_text(eve, group, "she is gone");
}

TEST_CASE("groups: what is wrong is refused and changes nothing", "[groups]") {
  Person ada(server(), "ada"), bob(server(), "bob"), eve(server(), "eve");
  make_friends(ada, bob);
  for (const auto& bad :
       {json::object(), json{{"name", ""}}, json{{"name", 5}}, json{{"name", std::string(41, 'x')}},
        json{{"name", "x"}, {"announcement", std::string(51, 'x')}}, json{{"name", "x"}, {"avatar_url", "no url"}},
        json{{"name", "x"}, {"history", "some"}}, json{{"name", "x"}, {"join", "anyhow"}},
        json{{"name", "x"}, {"members", {"x"}}}, json{{"name", "x"}, {"color", "red"}},
        json{{"name", "x"}, {"members", {"1", "2", "3", "4", "5"}}}}) {
    INFO(bad.dump());
    CHECK(ada.http.post("/api/v1/groups", bad).code() == "request.invalid");
  }
  CHECK(ada.http.post("/api/v1/groups", {{"name", "x"}, {"members", {eve.id}}}).code() == "user.not_reachable");
  CHECK(ada.http.post("/api/v1/groups", {{"name", "x"}, {"members", {"1"}}}).code() == "user.not_found");
  CHECK(whole_list(ada, "/api/v1/groups").empty());
  const auto made =
      ada.http.post("/api/v1/groups",
                    {{"name", std::string(40, 'x')}, {"announcement", std::string(50, 'x')}, {"members", {bob.id}}});
  REQUIRE(made.status == 201);
  const auto path = group_path(made.json);
  CHECK(add(ada, made.json, eve).code() == "user.not_reachable");
  block(bob, ada);
  CHECK(ada.http.erase(path + "/members/" + bob.id).status == 204);
  CHECK(add(ada, made.json, bob).code() == "user.not_reachable");
  for (const auto& bad : {json::object(), json{{"user_ids", json::array()}}, json{{"user_ids", 5}},
                          json{{"user_ids", {"1", "2", "3", "4", "5"}}}, json{{"user_ids", {"1"}}, {"x", 1}}}) {
    INFO(bad.dump());
    CHECK(ada.http.post(path + "/members", bad).code() == "request.invalid");
  }
  for (const auto& bad : {json{{"role", "owner"}}, json{{"role", 1}}, json{{"muted_until", 5}}, json{{"x", 5}}}) {
    CHECK(ada.http.patch(path + "/members/" + bob.id, bad).code() == "request.invalid");
  }
  CHECK(ada.http.post(path + "/transfer", json::object()).code() == "request.invalid");
  for (const auto& bad : {json{{"expires_in", 0}}, json{{"expires_in", 31'536'001}}, json{{"max_uses", 0}},
                          json{{"max_uses", 1'000'001}}, json{{"max_uses", "2"}}, json{{"uses", 2}}}) {
    CHECK(ada.http.post(path + "/link", bad).code() == "request.invalid");
  }
  CHECK(ada.http.post("/api/v1/groups/join", json::object()).code() == "request.invalid");
  for (const auto* list : {"/api/v1/groups", "/members", "/bans", "/requests"}) {
    const auto target = list[1] == 'a' ? std::string(list) : path + list;
    for (const auto* query : {"?limit=0", "?limit=201", "?cursor=x", "?limit=1&x=1"}) {
      CHECK(ada.http.get(target + query).code() == "request.invalid");
    }
  }
  for (const auto* id : {"1", "0", "x"}) {
    CHECK(ada.http.get("/api/v1/groups/" + std::string(id)).code() == "resource.not_found");
  }
  const auto limits = ada.http.get("/api/v1/client-config").json["limits"];
  CHECK(limits["group_members"] == 2000);
  CHECK(limits["large_group"] == 500);
  CHECK(limits["group_name_bytes"] == 40);
  CHECK(limits["group_announcement_bytes"] == 50);
  CHECK(limits["group_added"] == 4);
  CHECK(limits["group_links"] == 3);
}

}  // namespace netherlink::test
