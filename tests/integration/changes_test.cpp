// Edits, recalls, deletions, reactions, receipts, typing, pins, mutes and the word filter of a real server.
#include <signal.h>
#include <fstream>

#include "support/catch.hpp"
#include "support/person.hpp"

namespace netherlink::test {
namespace {

using nlohmann::json;

ServerProcess& server() {
  static ServerProcess process;
  return process;
}

const std::string thumb = "\xF0\x9F\x91\x8D";

std::string path_of(const json& ack, const std::string& rest = {}) {
  return "/api/v1/chat/messages/" + ack.at("message_id").get<std::string>() + rest;
}

std::function<bool(const json&)> at_revision(int revision) {
  return [revision](const json& data) { return data.at("message").at("revision") == revision; };
}

json state_of(Person& person, const std::string& conversation) {
  return person.http.get("/api/v1/conversations/" + conversation).json;
}

}  // namespace

TEST_CASE("changes: editing over REST", "[changes]") {
  Person ada(server(), "ada"), bob(server(), "bob"), eve(server(), "eve");
  bob.socket();
  const auto ack = ada.post(ada.with(bob), "as it was at first");
  const auto edited = ada.http.patch(path_of(ack), {{"content", "as it is now"}});
  REQUIRE(edited.status == 200);
  CHECK(edited.json["content"] == "as it is now");
  CHECK(edited.json["status"] == "edited");
  CHECK(edited.json["revision"] == 1);
  CHECK(edited.json["seq"] == ack["seq"]);
  CHECK(bob.socket().expect("message.updated", at_revision(1))["message"] == edited.json);
  CHECK(bob.http.get(path_of(ack)).json == edited.json);
  CHECK(whole_history(bob, ada.with(bob)).back() == edited.json);
  CHECK(ada.http.patch(path_of(ack), {{"content", "as it is now"}}).json["revision"] == 1);
  CHECK(state_of(bob, ada.with(bob))["revision"] == 1);
  CHECK(state_of(bob, ada.with(bob))["last_message"] == edited.json);

  CHECK(bob.http.patch(path_of(ack), {{"content", "mine"}}).code() == "chat.forbidden");
  CHECK(eve.http.patch(path_of(ack), {{"content", "mine"}}).code() == "resource.not_found");
  CHECK(ada.http.patch("/api/v1/chat/messages/abc", {{"content", "x"}}).code() == "resource.not_found");
  CHECK(ada.http.patch(path_of(ack), json::object()).code() == "request.invalid");
  CHECK(ada.http.patch(path_of(ack), {{"content", ""}}).code() == "request.invalid");
  CHECK(ada.http.patch(path_of(ack), {{"content", "x"}, {"kind", "text"}}).code() == "request.invalid");
  CHECK(ada.http.patch(path_of(ack), {{"content", std::string(8193, 'x')}}).code() == "chat.too_long");
}

TEST_CASE("changes: recalling empties a message for everybody", "[changes]") {
  Person ada(server(), "ada"), bob(server(), "bob");
  bob.socket();
  auto message = text_message(ada.with(bob), "not meant for you");
  message["mentions"] = {bob.id};
  message["extra"] = {{"colour", "red"}};
  const auto ack = ada.http.post("/api/v1/chat/messages", message).json;
  bob.socket().ask("message.react", {{"message_id", ack["message_id"]}, {"emoji", thumb}, {"on", true}}, "ok");
  CHECK(bob.http.erase(path_of(ack, "?scope=all")).code() == "chat.forbidden");
  const auto recalled = ada.http.erase(path_of(ack, "?scope=all"));
  REQUIRE(recalled.status == 200);
  CHECK(recalled.json["status"] == "recalled");
  CHECK(recalled.json["content"] == "");
  CHECK_FALSE(recalled.json.contains("extra"));
  CHECK_FALSE(recalled.json.contains("mentions"));
  CHECK(recalled.json["reactions"].empty());
  CHECK(recalled.json["revision"] == 2);
  CHECK(recalled.json["seq"] == 1);
  CHECK(recalled.json["client_msg_id"] == ack["client_msg_id"]);
  CHECK(bob.socket().expect("message.updated", at_revision(2))["message"] == recalled.json);
  CHECK(ada.http.erase(path_of(ack, "?scope=all")).json == recalled.json);
  CHECK(ada.http.patch(path_of(ack), {{"content", "back"}}).code() == "chat.recalled");
  CHECK(state_of(bob, ada.with(bob))["unread"] == 1);
}

TEST_CASE("changes: a message is recalled in time or not at all", "[changes]") {
  ServerProcess own({"messages.recall_window=0s"});
  Person ada(own, "ada"), bob(own, "bob");
  const auto ack = ada.post(ada.with(bob), "said is said");
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  CHECK(ada.http.erase(path_of(ack, "?scope=all")).code() == "chat.recall_too_late");
  CHECK(ada.socket().request("message.recall", {{"message_id", ack["message_id"]}})["data"]["code"] ==
        "chat.recall_too_late");
  CHECK(ada.http.patch(path_of(ack), {{"content", "edited later"}}).status == 200);
  CHECK(ada.http.get("/api/v1/client-config").json["limits"]["recall_window"] == 0);
}

TEST_CASE("changes: deleting for oneself", "[changes]") {
  Person ada(server(), "ada"), bob(server(), "bob");
  auto phone = bob.sign_in();
  for (auto* person : {&ada, &bob, &phone}) person->socket();
  const auto ack = ada.post(ada.with(bob), "only bob forgets this");
  const auto deleted = bob.http.erase(path_of(ack));
  REQUIRE(deleted.status == 200);
  CHECK(deleted.json["status"] == "deleted");
  CHECK(deleted.json["content"] == "");
  CHECK(deleted.json["revision"] == 0);
  CHECK(phone.socket().expect("message.updated")["message"] == deleted.json);
  CHECK(bob.http.erase(path_of(ack, "?scope=me")).json == deleted.json);
  CHECK(whole_history(bob, ada.with(bob)).back() == deleted.json);
  CHECK(whole_history(ada, ada.with(bob)).back()["content"] == "only bob forgets this");
  CHECK(ada.socket().collect("message.updated").empty());
  CHECK(state_of(bob, ada.with(bob))["revision"] == 0);
  CHECK(state_of(bob, ada.with(bob))["last_message"] == deleted.json);
  CHECK(bob.http.erase(path_of(ack, "?scope=us")).code() == "request.invalid");
}

TEST_CASE("changes: reactions are counts, and which are one's own", "[changes]") {
  Person ada(server(), "ada"), bob(server(), "bob");
  const auto ack = ada.post(ada.with(bob), "do you like it?");
  const auto react = [&](Person& person, const std::string& emoji, bool on) {
    return person.socket().request("message.react", {{"message_id", ack["message_id"]}, {"emoji", emoji}, {"on", on}});
  };
  CHECK(react(bob, thumb, true)["type"] == "ok");
  CHECK(react(ada, thumb, true)["type"] == "ok");
  CHECK(react(ada, "x", true)["type"] == "ok");
  CHECK(react(bob, std::string(65, 'x'), true)["data"]["code"] == "request.invalid");
  const auto seen = [&](Person& person) { return person.http.get(path_of(ack)).json["reactions"]; };
  CHECK(seen(bob) == json::parse(R"([{"emoji":")" + thumb +
                                 R"(","count":2,"mine":true},)"
                                 R"({"emoji":"x","count":1,"mine":false}])"));
  CHECK(seen(ada)[1]["mine"] == true);
  CHECK(react(bob, thumb, false)["type"] == "ok");
  CHECK(seen(bob)[0] == json{{"emoji", thumb}, {"count", 1}, {"mine", false}});
  CHECK(ada.http.get(path_of(ack)).json["revision"] == 4);
}

TEST_CASE("changes: who was away learns of them by sync, and after a crash too", "[changes]") {
  ServerProcess own;
  Person ada(own, "ada"), bob(own, "bob");
  const auto conversation = ada.with(bob);
  std::vector<json> acks;
  for (int i = 0; i < 4; ++i) acks.push_back(ada.post(conversation, "message " + std::to_string(i)));
  for (const int i : {2, 0, 2}) {
    REQUIRE(ada.http.patch(path_of(acks[static_cast<std::size_t>(i)]), {{"content", unique("edit")}}).status == 200);
  }
  own.kill();
  own.start();
  bob.connect();
  const auto item = bob.socket().ask(
      "sync", {{"conversations", {{{"conversation_id", conversation}, {"after_seq", 3}, {"after_revision", 0}}}}},
      "sync.result")["conversations"][0];
  REQUIRE(item["updates"].size() == 2);
  CHECK(item["updates"][0]["seq"] == 1);
  CHECK(item["updates"][1]["seq"] == 3);
  CHECK(item["updates"][1]["revision"] == 3);
  CHECK(item["messages"].size() == 1);
  CHECK(item["revision"] == 3);
  ada.connect();
  CHECK(ada.http.patch(path_of(acks[0]), {{"content", "after the crash"}}).json["revision"] == 4);
}

TEST_CASE("changes: receipts tell who got a message and who read it", "[changes]") {
  Person ada(server(), "ada"), bob(server(), "bob"), eve(server(), "eve");
  const auto conversation = ada.with(bob);
  const auto ack = ada.post(conversation, "did you get this?");
  const auto receipts = [&](Person& who) { return who.http.get(path_of(ack, "/receipts")); };
  CHECK(receipts(ada).json == json::parse(R"({"delivered_count":0,"read_count":0,"items":[],"next_cursor":null})"));
  bob.socket().ask("message.received", {{"conversation_id", conversation}, {"seq", 1}}, "ok");
  CHECK(receipts(ada).json["delivered_count"] == 1);
  CHECK(receipts(ada).json["items"] == json{{{"user_id", bob.id}, {"state", "delivered"}}});
  bob.socket().ask("message.read", {{"conversation_id", conversation}, {"seq", 1}}, "ok");
  CHECK(receipts(bob).json["read_count"] == 1);
  CHECK(receipts(bob).json["items"] == json{{{"user_id", bob.id}, {"state", "read"}}});
  CHECK(receipts(eve).code() == "resource.not_found");
  CHECK(ada.http.get(path_of(ack, "/receipts?limit=0")).code() == "request.invalid");
  CHECK(ada.http.get(path_of(ack, "/receipts?cursor=x")).code() == "request.invalid");
}

TEST_CASE("changes: pinned conversations come first, on every device", "[changes]") {
  Person ada(server(), "ada"), bob(server(), "bob"), eve(server(), "eve");
  auto phone = ada.sign_in();
  phone.socket();
  ada.post(ada.with(bob), "the older conversation");
  ada.post(ada.with(eve), "the newer conversation");
  const auto path = "/api/v1/conversations/" + ada.with(bob);
  const auto pinned = ada.http.patch(path, {{"pinned", true}, {"muted", true}});
  REQUIRE(pinned.status == 200);
  CHECK(pinned.json["pinned"] == true);
  CHECK(pinned.json["muted"] == true);
  CHECK(phone.socket().expect("conversation.updated")["conversation"] == pinned.json);
  CHECK(ada.http.get("/api/v1/conversations").json["items"][0] == pinned.json);
  CHECK(ada.http.patch(path, {{"muted", false}}).json["pinned"] == true);
  CHECK(state_of(bob, ada.with(bob))["pinned"] == false);
  CHECK(ada.http.patch(path, {{"pinned", false}}).json["pinned"] == false);
  CHECK(ada.http.get("/api/v1/conversations").json["items"][0]["conversation_id"] == ada.with(eve));
  CHECK(ada.http.patch(path, json::object()).status == 200);
  CHECK(ada.http.patch(path, {{"pinned", "yes"}}).code() == "request.invalid");
  CHECK(ada.http.patch(path, {{"name", "bob"}}).code() == "request.invalid");
  CHECK(eve.http.patch(path, {{"pinned", true}}).code() == "resource.not_found");
}

TEST_CASE("changes: unread is exact whatever comes between", "[changes]") {
  Person ada(server(), "ada"), bob(server(), "bob");
  const auto conversation = ada.with(bob);
  const auto unread = [&](Person& person) { return state_of(person, conversation)["unread"]; };
  const auto first = ada.post(conversation, "first");
  ada.post(conversation, "second");
  CHECK(unread(bob) == 2);
  ada.http.erase(path_of(first, "?scope=all"));
  CHECK(unread(bob) == 2);
  bob.http.post("/api/v1/conversations/" + conversation + "/read", {{"seq", 1}});
  CHECK(unread(bob) == 1);
  bob.http.erase(path_of(first));
  CHECK(unread(bob) == 1);
  bob.post(conversation, "third, by bob");
  CHECK(unread(bob) == 0);
  CHECK(unread(ada) == 1);
  ada.post(conversation, "fourth");
  CHECK(unread(ada) == 0);
  CHECK(unread(bob) == 1);
}

TEST_CASE("changes: replies and mentions stay in their conversation", "[changes]") {
  Person ada(server(), "ada"), bob(server(), "bob"), eve(server(), "eve");
  bob.socket();
  const auto question = ada.post(ada.with(bob), "What is the answer?"), other = ada.post(ada.with(eve), "elsewhere");
  const auto send = [&](Person& who, const std::string& conversation, const json& more) {
    auto message = text_message(conversation, "with references");
    message.update(more);
    return who.http.post("/api/v1/chat/messages", message);
  };
  REQUIRE(send(bob, ada.with(bob), {{"reply_to", question["message_id"]}, {"mentions", {ada.id, "all"}}}).status ==
          201);
  const auto answer = whole_history(ada, ada.with(bob)).back();
  CHECK(answer["quote"] ==
        json{{"sender_id", ada.id}, {"kind", "text"}, {"content", "What is the answer?"}, {"status", "normal"}});
  CHECK(answer["mentions"] == json{"all", ada.id});
  CHECK(bob.socket().expect("message.new", [&](const json& data) {
    return data["message"]["message_id"] == answer["message_id"];
  })["message"] == answer);
  CHECK(send(bob, ada.with(bob), {{"reply_to", other["message_id"]}}).code() == "request.invalid");
  CHECK(send(bob, "world", {{"reply_to", question["message_id"]}}).code() == "request.invalid");
  CHECK(send(bob, ada.with(bob), {{"reply_to", "12345"}}).code() == "request.invalid");
  CHECK(send(bob, ada.with(bob), {{"mentions", {eve.id}}}).code() == "request.invalid");
  CHECK(send(bob, "world", {{"mentions", {"12345"}}}).code() == "request.invalid");
  CHECK(send(bob, "world", {{"mentions", {"all"}}}).code() == "request.invalid");
  CHECK(send(bob, "world", {{"mentions", {eve.id}}}).status == 201);
}

TEST_CASE("changes: words that may not be said, from a file that is read again", "[changes]") {
  TemporaryFolder folder;
  const auto file = folder.path() / "words.txt";
  const auto write = [&](const std::string& words) { std::ofstream(file) << words; };
  write("# not here\ndarn\n");
  SECTION("masked") {
    ServerProcess own({"messages.words_file=" + file.string()});
    Person ada(own, "ada"), bob(own, "bob");
    const auto ack = ada.post(ada.with(bob), "DARN this heck");
    CHECK(bob.http.get(path_of(ack)).json["content"] == "**** this heck");
    write("heck\n");
    own.signal(SIGHUP);
    const auto now = [&] { return ada.http.patch(path_of(ack), {{"content", unique("darn heck")}}).json["content"]; };
    for (int i = 0; i < 500 && now().get<std::string>().starts_with("darn heck"); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    CHECK(now().get<std::string>().starts_with("darn ****"));
  }
  SECTION("refused") {
    ServerProcess own({"messages.words_file=" + file.string(), "messages.words_action=refuse"});
    Person ada(own, "ada"), bob(own, "bob");
    CHECK(ada.http.post("/api/v1/chat/messages", text_message(ada.with(bob), "oh darn")).code() == "chat.blocked_word");
    CHECK(ada.socket().request("message.send", text_message("world", "oh darn"))["data"]["code"] ==
          "chat.blocked_word");
    const auto ack = ada.post(ada.with(bob), "darning socks");
    CHECK(ada.http.patch(path_of(ack), {{"content", "darn socks"}}).code() == "chat.blocked_word");
  }
}

}  // namespace netherlink::test
