#include <algorithm>
#include <chrono>
#include <functional>
#include <set>
#include <thread>

#include "support/catch.hpp"
#include "support/groups.hpp"

namespace netherlink::test {
namespace {

using nlohmann::json;
using Texts = std::vector<std::string>;

ServerProcess& server() {
  static ServerProcess process;
  return process;
}

std::string escaped(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  return out;
}

std::string target(std::string_view q, const std::string& more = {}) {
  return "/api/v1/chat/search?q=" + escaped(q) + more;
}
std::string in(const std::string& conversation) {
  return "&conversation_id=" + conversation;
}

/// Every hit, page by page.
std::vector<json> hits(Person& who, std::string_view q, const std::string& more = {}) {
  std::vector<json> all;
  std::string cursor;
  do {
    const auto answer = who.http.get(target(q, more + (cursor.empty() ? "" : "&cursor=" + cursor)));
    REQUIRE(answer.status == 200);
    for (const auto& item : answer.json["items"]) all.push_back(item);
    cursor = answer.json["next_cursor"].is_null() ? "" : answer.json["next_cursor"].get<std::string>();
  } while (!cursor.empty());
  return all;
}

Texts texts(Person& who, std::string_view q, const std::string& more = {}) {
  Texts all;
  for (const auto& hit : hits(who, q, more)) all.push_back(hit["message"]["content"]);
  return all;
}

/// Waits until the index has come as far as this message.
void wait_until_found(Person& who, std::string_view q, std::size_t count = 1) {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (hits(who, q).size() < count) {
    REQUIRE(std::chrono::steady_clock::now() < end);
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
}

std::string path(const json& ack) {
  return "/api/v1/chat/messages/" + ack["message_id"].get<std::string>();
}

}  // namespace

TEST_CASE("search: words, prefixes and phrases", "[search]") {
  Person ada(server(), "ada"), bob(server(), "bob");
  const auto chat = ada.with(bob);
  ada.post(chat, "Good morning, Bob");
  bob.post(chat, "morning is good for coffee");
  ada.post(chat, "Un café, s'il vous plaît");
  bob.post(chat, "last words xyzzy");
  wait_until_found(ada, "xyzzy");
  CHECK(texts(ada, "good") == Texts{"morning is good for coffee", "Good morning, Bob"});
  CHECK(texts(bob, "GOOD MORN", in(chat)) == Texts{"morning is good for coffee", "Good morning, Bob"});
  CHECK(texts(ada, "\"good morning\"") == Texts{"Good morning, Bob"});
  CHECK(texts(ada, "\"good morning\" bo") == Texts{"Good morning, Bob"});
  CHECK(texts(ada, "\"good morning\" coffee").empty());
  CHECK(texts(ada, "coffee bob").empty());
  CHECK(texts(ada, "goo coffee").empty());
  CHECK(texts(ada, "cof") == Texts{"morning is good for coffee"});
  CHECK(texts(ada, "cafe plait") == Texts{"Un café, s'il vous plaît"});
  CHECK(texts(ada, "offee").empty());

  const auto hit = hits(bob, "\"good morning\"").at(0);
  CHECK(hit["highlights"] == json{"Good morning"});
  CHECK(hit["message"]["conversation_id"] == chat);
  CHECK(hit["message"]["sender_id"] == ada.id);
}

TEST_CASE("search: scripts without blanks, and emoji", "[search]") {
  Person ada(server(), "ada"), bob(server(), "bob");
  const auto chat = ada.with(bob);
  ada.post(chat, "今日は天気がいいですね");
  ada.post(chat, "我们明天去北京");
  ada.post(chat, "안녕하세요 여러분");
  ada.post(chat, "🎉 party 北京");
  wait_until_found(ada, "party");
  CHECK(texts(bob, "天気") == Texts{"今日は天気がいいですね"});
  CHECK(texts(bob, "天") == Texts{"我们明天去北京", "今日は天気がいいですね"});
  CHECK(texts(bob, "今日は天気") == Texts{"今日は天気がいいですね"});
  CHECK(texts(bob, "天京").empty());
  CHECK(texts(bob, "\"天気がいい\"") == Texts{"今日は天気がいいですね"});
  CHECK(texts(bob, "天気 です") == Texts{"今日は天気がいいですね"});
  CHECK(texts(bob, "去北") == Texts{"我们明天去北京"});
  CHECK(texts(bob, "北京") == Texts{"🎉 party 北京", "我们明天去北京"});
  CHECK(texts(bob, "북경").empty());
  CHECK(texts(bob, "하세") == Texts{"안녕하세요 여러분"});
  CHECK(texts(bob, "🎉") == Texts{"🎉 party 北京"});
  CHECK(hits(bob, "天気").at(0)["highlights"] == json{"天気"});
}

TEST_CASE("search: finds what a message says now", "[search]") {
  Person ada(server(), "ada"), bob(server(), "bob");
  const auto chat = ada.with(bob);
  const auto edited = ada.post(chat, "before the change"), recalled = ada.post(chat, "before it was recalled"),
             removed = ada.post(chat, "before bob removed it");
  wait_until_found(bob, "before", 3);
  REQUIRE(ada.http.patch(path(edited), {{"content", "afterwards"}}).status == 200);
  REQUIRE(ada.http.erase(path(recalled) + "?scope=all").status == 200);
  REQUIRE(bob.http.erase(path(removed)).status == 200);
  CHECK(texts(bob, "before").empty());
  CHECK(texts(ada, "before") == Texts{"before bob removed it"});
  CHECK(texts(bob, "afterwards") == Texts{"afterwards"});  // at once
  CHECK(texts(ada, "change").empty());
}

TEST_CASE("search: only in what one may read", "[search]") {
  Person ada(server(), "ada"), bob(server(), "bob"), eve(server(), "eve");
  ada.post(ada.with(bob), "plugh for two");
  ada.post("world", "plugh for all");
  wait_until_found(ada, "plugh", 2);
  CHECK(texts(bob, "plugh") == Texts{"plugh for all", "plugh for two"});
  CHECK(texts(bob, "plugh", in("world")) == Texts{"plugh for all"});
  CHECK(texts(eve, "plugh") == Texts{"plugh for all"});
  CHECK(eve.http.get(target("plugh", in(ada.with(bob)))).code() == "resource.not_found");
  CHECK(eve.http.get(target("plugh", in("group_12345"))).code() == "resource.not_found");
  CHECK(eve.http.get(target("plugh", in(ada.with(eve)))).code() == "resource.not_found");
}

TEST_CASE("search: in a group, as long as one is in it, what one may read of it", "[search]") {
  Person ada(server(), "ada"), bob(server(), "bob"), eve(server(), "eve");
  const auto group = make_group(ada, {&bob});
  const std::string chat = group["conversation_id"];
  ada.post(chat, "wumpus before eve came");
  wait_until_found(bob, "wumpus");
  make_friends(ada, eve);
  REQUIRE(ada.http.post(group_path(group, "/members"), {{"user_ids", {eve.id}}}).status == 201);
  ada.post(chat, "wumpus with eve");
  wait_until_found(ada, "wumpus", 2);
  CHECK(texts(bob, "wumpus", in(chat)) == Texts{"wumpus with eve", "wumpus before eve came"});
  CHECK(texts(eve, "wumpus", in(chat)) == Texts{"wumpus with eve"});
  CHECK(texts(eve, "wumpus") == Texts{"wumpus with eve"});
  CHECK(texts(eve, "before").empty());

  REQUIRE(ada.http.patch(group_path(group), {{"history", "all"}}).status == 200);
  CHECK(texts(eve, "wumpus") == Texts{"wumpus with eve", "wumpus before eve came"});

  REQUIRE(ada.http.erase(group_path(group, "/members/" + eve.id)).status == 204);
  CHECK(texts(eve, "wumpus").empty());
  CHECK(eve.http.get(target("wumpus", in(chat))).code() == "resource.not_found");
  REQUIRE(bob.http.request("POST", group_path(group, "/leave")).status == 204);
  CHECK(texts(bob, "wumpus").empty());
  CHECK(bob.http.get(target("wumpus", in(chat))).status == 404);
  CHECK(texts(ada, "wumpus").size() == 2);
}

TEST_CASE("search: guests find what they may read", "[search]") {
  Person ada(server(), "ada");
  ada.post("world", "grotto of the guests");
  HttpClient guest(server().port());
  const auto came = guest.post("/api/v1/auth/guest", {{"nickname", "Wanderer"}});
  REQUIRE(came.status == 201);
  guest.set_token(came.json["access_token"]);
  wait_until_found(ada, "grotto");
  CHECK(guest.get(target("grotto")).json["items"].size() == 1);
  CHECK(guest.get(target("grotto", in("group_12345"))).status == 404);
}

TEST_CASE("search: only texts, and none that only their reader can read", "[search]") {
  Person ada(server(), "ada"), bob(server(), "bob");
  const auto chat = ada.with(bob);
  const auto send = [&](const std::string& kind, const std::string& content) {
    auto message = text_message(chat, content);
    message["kind"] = kind;
    REQUIRE(ada.http.post("/api/v1/chat/messages", message).status == 201);
  };
  send("encrypted", "cXVlbmRvcg==");
  send("emoji", "🦄");
  ada.post(chat, "quendor");
  wait_until_found(ada, "quendor");
  CHECK(texts(ada, "cXVlbmRvcg").empty());
  CHECK(texts(ada, "🦄").empty());
}

TEST_CASE("search: nothing is passed over where a message is sent again", "[search]") {
  Person ada(server(), "ada"), bob(server(), "bob");
  const auto chat = ada.with(bob);
  const auto id = unique("again");
  ada.post(chat, "frotz", id);
  wait_until_found(ada, "frotz");
  for (std::size_t i = 2; i <= 4; ++i) {
    ada.http.post("/api/v1/chat/messages", text_message(chat, "frotz", id));
    ada.post(chat, "frotz anew");
    ada.http.post("/api/v1/chat/messages", text_message(chat, "frotz", id));
    wait_until_found(ada, "frotz", i);
  }
  CHECK(texts(bob, "frotz").size() == 4);
}

TEST_CASE("search: pages while messages come", "[search]") {
  Person ada(server(), "ada"), bob(server(), "bob"), eve(server(), "eve");
  std::vector<std::string> said;
  constexpr int count = 60;
  for (int i = 0; i < count; ++i) {
    auto& other = i % 3 == 0 ? eve : bob;
    said.push_back(ada.post(ada.with(other), "frobozz " + std::to_string(i))["message_id"]);
  }
  wait_until_found(ada, "frobozz", count);
  std::vector<std::string> found;
  std::string cursor;
  int pages = 0;
  do {
    const auto page = ada.http.get(target("frobozz", "&limit=7" + (cursor.empty() ? "" : "&cursor=" + cursor))).json;
    CHECK(page["items"].size() <= 7);
    for (const auto& item : page["items"]) found.push_back(item["message"]["message_id"]);
    cursor = page["next_cursor"].is_null() ? "" : page["next_cursor"].get<std::string>();
    ada.post(ada.with(bob), "frobozz comes later");
    ++pages;
  } while (!cursor.empty());
  CHECK(pages == 9);
  // Newest first, by id: of two conversations' messages of one millisecond either may be the newer.
  std::ranges::sort(said, std::greater<>());
  CHECK(found == said);
  CHECK(ada.http.get(target("frobozz", in(ada.with(eve)) + "&limit=20")).json["next_cursor"].is_null());
}

TEST_CASE("search: a common word is found in the newest messages first", "[search]") {
  ServerProcess own({"search.candidates=100"});
  Person ada(own, "ada"), bob(own, "bob");
  const auto chat = ada.with(bob);
  constexpr int count = 600;
  for (int i = 0; i < count; ++i) {
    const auto text = "common" + std::to_string(i) + " common" + (i == 3 ? " grue" : "");
    ada.socket().send("message.send", text_message(chat, text));
  }
  for (int i = 0; i < count; ++i) ada.socket().expect("message.ack");
  wait_until_found(ada, "\"common\"", count);
  CHECK(texts(ada, "common").size() == count);
  CHECK(texts(ada, "\"common\" grue").size() == 1);
  // Very many words begin so, and none has the other beside it.
  CHECK(texts(ada, "\"common grue\"", in(chat)).size() == 1);
  CHECK(texts(ada, "\"grue common\"", in(chat)).empty());
  const auto first = ada.http.get(target("co", "&limit=200")).json;
  REQUIRE(first["items"].size() == 100);  // as many as one request reads
  CHECK(first["items"][0]["message"]["content"] == "common599 common");
}

TEST_CASE("search: few words that begin alike lead far back", "[search]") {
  ServerProcess own({"search.candidates=100"});
  Person ada(own, "ada"), bob(own, "bob");
  const auto chat = ada.with(bob);
  // More than are read as a whole have words that begin so; then many messages have none.
  constexpr int early = 550, late = 300;
  for (int i = 0; i < early; ++i)
    ada.socket().send("message.send", text_message(chat, "gnusto" + std::to_string(i % 3)));
  for (int i = 0; i < late; ++i) ada.socket().send("message.send", text_message(chat, "rezrov"));
  ada.socket().send("message.send", text_message(chat, "blorb"));
  for (int i = 0; i < early + late + 1; ++i) ada.socket().expect("message.ack");
  wait_until_found(ada, "blorb");
  for (const auto& where : {in(chat), std::string()}) {
    const auto first = ada.http.get(target("gnu", where + "&limit=5")).json;
    CHECK(first["items"].size() == 5);
    CHECK(first["items"][0]["message"]["seq"] == early);
    CHECK(texts(ada, "gnu", where).size() == early);
    CHECK(texts(ada, "gnusto1 gnu", where).size() == 183);
  }
}

TEST_CASE("search: is held back like every request", "[search]") {
  ServerProcess limited({"rate_limits.enabled=true", "rate_limits.user=3/0.1"});
  Person ada(limited, "ada");
  for (int i = 0; i < 3; ++i) CHECK(ada.http.get(target("zork")).status == 200);
  const auto refused = ada.http.get(target("zork"));
  CHECK(refused.code() == "request.rate_limited");
  CHECK(refused.header("retry-after") != "");
}

TEST_CASE("search: what is no query is refused", "[search]") {
  ServerProcess own({"search.query_chars=2", "search.query_bytes=20", "search.query_words=2"});
  Person ada(own, "ada");
  const auto code = [&](const std::string& path) { return ada.http.get(path).code(); };
  CHECK(code("/api/v1/chat/search") == "request.invalid");
  for (const auto* q : {"", " ", "...", "a", "a b c", "aa bb cc", "aaaaaaaaaaaaaaaaaaaaa"}) {
    INFO(q);
    const auto answer = ada.http.get(target(q));
    CHECK(answer.status == 422);
    CHECK(answer.json["errors"][0]["field"] == "q");
  }
  CHECK(code(target("aa", "&conversation_id=nonsense")) == "request.invalid");
  CHECK(code(target("aa", "&limit=0")) == "request.invalid");
  CHECK(code(target("aa", "&limit=201")) == "request.invalid");
  CHECK(code(target("aa", "&cursor=x")) == "request.invalid");
  CHECK(code(target("aa", "&page=1")) == "request.invalid");
  const auto config = HttpClient(own.port()).get("/api/v1/client-config").json;
  CHECK(config["features"]["search"] == true);
  CHECK(config["limits"]["search_query_chars"] == 2);
  CHECK(config["limits"]["search_query_bytes"] == 20);
  CHECK(config["limits"]["search_query_words"] == 2);
  CHECK(HttpClient(own.port()).get(target("aa")).status == 401);
}

TEST_CASE("search: catches up after it was switched on, and after a crash", "[search]") {
  ServerProcess own({"search.enabled=false"});
  Person ada(own, "ada"), bob(own, "bob");
  const auto chat = ada.with(bob);
  ada.post(chat, "zork one");
  const auto changed = ada.post(chat, "something else");
  REQUIRE(ada.http.patch(path(changed), {{"content", "zork two"}}).status == 200);
  CHECK(ada.http.get(target("zork")).code() == "resource.not_found");
  CHECK(HttpClient(own.port()).get("/api/v1/client-config").json["features"]["search"] == false);
  own.kill();
  own.set("search.enabled=true");
  own.start();
  wait_until_found(ada, "zork", 2);
  for (int i = 0; i < 200; ++i) ada.socket().send("message.send", text_message(chat, "zork again"));
  for (int i = 0; i < 200; ++i) ada.socket().expect("message.ack");
  own.kill();
  own.start();
  ada.hang_up();
  wait_until_found(ada, "zork", 202);
}

}  // namespace netherlink::test
