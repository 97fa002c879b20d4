// Who may do what with messages: one table for a group, one between two people; every call in every role, over REST and
// over the socket. What members may do with the group itself: group_joining_test.cpp; with a room: rooms_test.cpp.
#include <functional>
#include <map>

#include "support/catch.hpp"
#include "support/groups.hpp"

namespace netherlink::test {
namespace {

using nlohmann::json;

ServerProcess& server() {
  static ServerProcess process;
  return process;
}

/// "ok", or the code of the refusal.
std::string outcome(const HttpAnswer& answer) {
  return answer.status < 300 ? "ok" : answer.code();
}

std::string outcome(const json& frame) {
  return frame.at("type") == "error" ? frame.at("data").at("code").get<std::string>() : "ok";
}

/// Of one conversation of a sync.
std::string synced(const json& frame) {
  const auto& one = frame.at("data").at("conversations").at(0);
  return one.contains("error") ? one.at("error").at("code").get<std::string>() : "ok";
}

struct Place {
  std::string conversation;
  Person* author = nullptr;                       // of the messages that others try their hand at
  std::map<const Person*, std::string> own = {};  // a message of each, said while they still could

  std::string of(const Person& who) const { return own.contains(&who) ? own.at(&who) : message(); }
  std::string message() const { return author->post(conversation, "somebody's")["message_id"]; }
};

std::string message_path(const std::string& id, const std::string& rest = {}) {
  return "/api/v1/chat/messages/" + id + rest;
}

using Attempt = std::function<std::string(Person&, const Place&)>;

/// The calls that concern a conversation and its messages.
const std::vector<std::pair<std::string, Attempt>>& attempts() {
  static const std::vector<std::pair<std::string, Attempt>> all{
      {"see it",
       [](Person& who, const Place& at) { return outcome(who.http.get("/api/v1/conversations/" + at.conversation)); }},
      {"pin it",
       [](Person& who, const Place& at) {
         return outcome(who.http.patch("/api/v1/conversations/" + at.conversation, {{"pinned", true}}));
       }},
      {"read history",
       [](Person& who, const Place& at) {
         return outcome(who.http.get("/api/v1/chat/history?conversation_id=" + at.conversation));
       }},
      {"sync",
       [](Person& who, const Place& at) {
         const json places{{{"conversation_id", at.conversation}, {"after_seq", 0}}};
         return synced(who.socket().request("sync", {{"conversations", places}}));
       }},
      {"mark as read",
       [](Person& who, const Place& at) {
         return outcome(who.http.post("/api/v1/conversations/" + at.conversation + "/read", {{"seq", 1}}));
       }},
      {"mark as read by frame",
       [](Person& who, const Place& at) {
         return outcome(who.socket().request("message.read", {{"conversation_id", at.conversation}, {"seq", 1}}));
       }},
      {"send",
       [](Person& who, const Place& at) {
         return outcome(who.http.post("/api/v1/chat/messages", text_message(at.conversation, "rest")));
       }},
      {"send by frame",
       [](Person& who, const Place& at) {
         return outcome(who.socket().request("message.send", text_message(at.conversation, "frame")));
       }},
      {"type",
       [](Person& who, const Place& at) {
         return outcome(who.socket().request("typing", {{"conversation_id", at.conversation}, {"on", true}}));
       }},
      {"see a message", [](Person& who, const Place& at) { return outcome(who.http.get(message_path(at.message()))); }},
      {"see who read it",
       [](Person& who, const Place& at) { return outcome(who.http.get(message_path(at.message(), "/receipts"))); }},
      {"react",
       [](Person& who, const Place& at) {
         return outcome(
             who.socket().request("message.react", {{"message_id", at.message()}, {"emoji", "👍"}, {"on", true}}));
       }},
      {"edit another's",
       [](Person& who, const Place& at) {
         return outcome(who.http.patch(message_path(at.message()), {{"content", "not what was said"}}));
       }},
      {"recall another's",
       [](Person& who, const Place& at) { return outcome(who.http.erase(message_path(at.message(), "?scope=all"))); }},
      {"recall another's by frame",
       [](Person& who, const Place& at) {
         return outcome(who.socket().request("message.recall", {{"message_id", at.message()}}));
       }},
      {"edit one's own",
       [](Person& who, const Place& at) {
         return outcome(who.http.patch(message_path(at.of(who)), {{"content", "better said"}}));
       }},
      {"recall one's own",
       [](Person& who, const Place& at) { return outcome(who.http.erase(message_path(at.of(who), "?scope=all"))); }},
      {"delete for oneself",
       [](Person& who, const Place& at) { return outcome(who.http.erase(message_path(at.message()))); }},
  };
  return all;
}

struct Row {
  std::string attempt;
  std::vector<std::string> expected;  // by role, in the order of the columns
};

void try_all(const Place& place, const std::vector<std::pair<std::string, Person*>>& roles,
             const std::vector<Row>& table) {
  REQUIRE(table.size() == attempts().size());
  for (std::size_t i = 0; i < table.size(); ++i) {
    REQUIRE(table[i].attempt == attempts()[i].first);
    REQUIRE(table[i].expected.size() == roles.size());
    for (std::size_t role = 0; role < roles.size(); ++role) {
      INFO(roles[role].first << ": " << table[i].attempt);
      CHECK(attempts()[i].second(*roles[role].second, place) == table[i].expected[role]);
    }
  }
}

}  // namespace

TEST_CASE("permissions: messages of a group, every call in every role", "[permissions]") {
  Person owner(server(), "owner"), admin(server(), "admin"), member(server(), "member"), muted(server(), "muted"),
      kicked(server(), "kicked"), banned(server(), "banned"), stranger(server(), "stranger"),
      author(server(), "author");
  const auto group = make_group(owner, {&admin, &member, &muted, &kicked, &banned, &author});
  Place place{group["conversation_id"], &author};
  for (auto* person : {&owner, &admin, &member, &muted, &kicked, &banned}) {
    place.own[person] = person->post(place.conversation, "my own")["message_id"];
  }
  const auto of = [&](const Person& whom) { return group_path(group, "/members/" + whom.id); };
  REQUIRE(owner.http.patch(of(admin), {{"role", "admin"}}).status == 200);
  REQUIRE(owner.http.patch(of(muted), {{"muted_until", "2999-01-01T00:00:00.000Z"}}).status == 200);
  REQUIRE(owner.http.erase(of(kicked)).status == 204);
  REQUIRE(owner.http.request("PUT", group_path(group, "/bans/" + banned.id)).status == 204);

  const std::string ok = "ok", none = "resource.not_found", out = "chat.not_member", quiet = "chat.muted",
                    no = "chat.forbidden";
  try_all(place,
          {{"owner", &owner},
           {"admin", &admin},
           {"member", &member},
           {"muted", &muted},
           {"kicked", &kicked},
           {"banned", &banned},
           {"stranger", &stranger}},
          {
              {"see it", {ok, ok, ok, ok, none, none, none}},
              {"pin it", {ok, ok, ok, ok, none, none, none}},
              {"read history", {ok, ok, ok, ok, none, none, none}},
              {"sync", {ok, ok, ok, ok, none, none, none}},
              {"mark as read", {ok, ok, ok, ok, none, none, none}},
              {"mark as read by frame", {ok, ok, ok, ok, out, out, out}},
              {"send", {ok, ok, ok, quiet, out, out, out}},
              {"send by frame", {ok, ok, ok, quiet, out, out, out}},
              {"type", {ok, ok, ok, ok, out, out, out}},  // of the muted nobody is told
              {"see a message", {ok, ok, ok, ok, none, none, none}},
              {"see who read it", {ok, ok, ok, ok, none, none, none}},
              {"react", {ok, ok, ok, quiet, none, none, none}},
              {"edit another's", {no, no, no, no, none, none, none}},
              {"recall another's", {ok, ok, no, no, none, none, none}},
              {"recall another's by frame", {ok, ok, no, no, none, none, none}},
              {"edit one's own", {ok, ok, ok, quiet, none, none, none}},
              {"recall one's own", {ok, ok, ok, ok, none, none, none}},
              {"delete for oneself", {ok, ok, ok, ok, none, none, none}},
          });
}

TEST_CASE("permissions: messages between two, every call in every role", "[permissions]") {
  Person author(server(), "author"), other(server(), "other"), third(server(), "third");
  author.post(author.with(other), "hello");
  const Place place{author.with(other), &author, {{&other, other.post(other.with(author), "hello")["message_id"]}}};
  const std::string ok = "ok", none = "resource.not_found", out = "chat.not_member", no = "chat.forbidden";
  try_all(place, {{"the other", &other}, {"a third", &third}},
          {
              {"see it", {ok, none}},
              {"pin it", {ok, none}},
              {"read history", {ok, none}},
              {"sync", {ok, none}},
              {"mark as read", {ok, none}},
              {"mark as read by frame", {ok, out}},
              {"send", {ok, out}},
              {"send by frame", {ok, out}},
              {"type", {ok, out}},
              {"see a message", {ok, none}},
              {"see who read it", {ok, none}},
              {"react", {ok, none}},
              {"edit another's", {no, none}},
              {"recall another's", {no, none}},
              {"recall another's by frame", {no, none}},
              {"edit one's own", {ok, none}},
              {"recall one's own", {ok, none}},
              {"delete for oneself", {ok, none}},
          });
}

TEST_CASE("permissions: who may write to whom", "[permissions]") {
  // What the receiver asks for, and what is between the two.
  const std::map<std::string, std::map<std::string, std::string>> table{
      {"everyone",
       {{"strangers", "ok"}, {"friends", "ok"}, {"blocked", "user.not_reachable"}, {"blocking", "user.not_reachable"}}},
      {"friends",
       {{"strangers", "user.not_reachable"},
        {"friends", "ok"},
        {"blocked", "user.not_reachable"},
        {"blocking", "user.not_reachable"}}},
  };
  for (const auto& [from, relations] : table) {
    for (const auto& [relation, expected] : relations) {
      INFO(from << ", " << relation);
      Person writer(server(), "writer"), reader(server(), "reader");
      const auto mine = writer.post(writer.with(reader), "before")["message_id"].get<std::string>();
      const auto theirs = reader.post(reader.with(writer), "before")["message_id"];
      REQUIRE(reader.http.patch("/api/v1/users/me/preferences", {{"direct_messages_from", from}}).status == 200);
      if (relation != "strangers") make_friends(writer, reader);
      if (relation == "blocked") block(reader, writer);
      if (relation == "blocking") block(writer, reader);
      CHECK(outcome(try_to_write(writer, reader)) == expected);
      CHECK(outcome(try_to_say(writer, reader)) == expected);
      // Nor say it by other means.
      CHECK(outcome(writer.http.patch(message_path(mine), {{"content", "and another thing"}})) == expected);
      const json reaction{{"message_id", theirs}, {"emoji", "👍"}, {"on", true}};
      CHECK(outcome(writer.socket().request("message.react", reaction)) == expected);
      reader.socket();
      CHECK(outcome(writer.socket().request("typing", {{"conversation_id", writer.with(reader)}, {"on", true}})) ==
            "ok");
      if (expected == "ok") {
        reader.socket().expect("typing");
      } else {
        CHECK(reader.socket().collect("typing").empty());
      }
      CHECK(outcome(writer.http.erase(message_path(mine, "?scope=all"))) == "ok");
    }
  }
}

}  // namespace netherlink::test
