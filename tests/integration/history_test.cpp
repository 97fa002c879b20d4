#include <algorithm>
#include <set>

#include "support/catch.hpp"
#include "support/person.hpp"

namespace netherlink::test {
namespace {

using nlohmann::json;

ServerProcess& server() {
  static ServerProcess process;
  return process;
}

json find(const json& items, const std::string& conversation_id) {
  const auto found = std::find_if(items.begin(), items.end(),
                                  [&](const json& item) { return item.at("conversation_id") == conversation_id; });
  return found == items.end() ? json() : *found;
}

}  // namespace

TEST_CASE("chat: history goes both ways", "[chat]") {
  Person ada(server(), "ada"), bob(server(), "bob");
  const auto conversation = ada.with(bob);
  constexpr int count = 350;  // more than the hot cache keeps
  for (int i = 1; i <= count; ++i)
    ada.socket().send("message.send", text_message(conversation, "line " + std::to_string(i)));
  for (int i = 1; i <= count; ++i) ada.socket().expect("message.ack");
  const auto page = [&](const std::string& query) {
    auto answer = bob.http.get("/api/v1/chat/history?conversation_id=" + conversation + query);
    REQUIRE(answer.status == 200);
    return answer.json;
  };
  const auto span = [](const json& answer) {
    const auto& messages = answer["messages"];
    if (messages.empty()) return std::pair<int, int>{0, 0};
    for (std::size_t i = 1; i < messages.size(); ++i)
      CHECK(messages[i]["seq"] == messages[i - 1]["seq"].get<int>() + 1);
    return std::pair<int, int>{messages.front()["seq"], messages.back()["seq"]};
  };
  CHECK(span(page("&limit=10")) == std::pair{341, 350});
  CHECK(page("&limit=10")["has_more"] == true);
  CHECK(span(page("&limit=100&before_seq=341")) == std::pair{241, 340});
  CHECK(span(page("&limit=200&before_seq=101")) == std::pair{1, 100});
  CHECK(page("&limit=200&before_seq=101")["has_more"] == false);
  CHECK(span(page("&before_seq=1")) == std::pair{0, 0});
  CHECK(page("&before_seq=1")["has_more"] == false);
  CHECK(span(page("&limit=5&after_seq=0")) == std::pair{1, 5});
  CHECK(span(page("&limit=200&after_seq=150")) == std::pair{151, 350});
  CHECK(page("&limit=200&after_seq=150")["has_more"] == false);
  CHECK(page("&limit=199&after_seq=150")["has_more"] == true);
  CHECK(span(page("&after_seq=350")) == std::pair{0, 0});
  CHECK(span(page("&after_seq=4000000000")) == std::pair{0, 0});
}

TEST_CASE("chat: history refuses what it does not understand", "[chat]") {
  Person ada(server(), "ada"), bob(server(), "bob"), eve(server(), "eve");
  ada.post(ada.with(bob), "nothing for eve to see");
  const auto code = [&](const std::string& query) { return ada.http.get("/api/v1/chat/history" + query).code(); };
  const auto known = "?conversation_id=" + ada.with(bob);
  CHECK(code("") == "request.invalid");
  CHECK(code(known + "&before_seq=5&after_seq=1") == "request.invalid");
  CHECK(code(known + "&limit=0") == "request.invalid");
  CHECK(code(known + "&limit=201") == "request.invalid");
  CHECK(code(known + "&limit=ten") == "request.invalid");
  CHECK(code(known + "&before_seq=0") == "request.invalid");
  CHECK(code(known + "&after_seq=-1") == "request.invalid");
  CHECK(code("?conversation_id=nonsense") != "");
  CHECK(code("?conversation_id=" + bob.with(eve)) == "resource.not_found");
  CHECK(code("?conversation_id=group_12345") == "resource.not_found");
  CHECK(eve.http.get("/api/v1/chat/history" + known).code() == "resource.not_found");
  CHECK(eve.http.get("/api/v1/conversations/" + ada.with(bob)).code() == "resource.not_found");
  CHECK(eve.http.post("/api/v1/conversations/" + ada.with(bob) + "/read", {{"seq", 1}}).code() == "resource.not_found");
}

TEST_CASE("chat: a message is shown to members alone", "[chat]") {
  Person ada(server(), "ada"), bob(server(), "bob"), eve(server(), "eve");
  const auto ack = ada.post(ada.with(bob), "not for eve, this one");
  const auto path = "/api/v1/chat/messages/" + ack["message_id"].get<std::string>();
  CHECK(bob.http.get(path).json["content"] == "not for eve, this one");
  CHECK(eve.http.get(path).code() == "resource.not_found");
  CHECK(eve.http.get("/api/v1/chat/messages/1").code() == "resource.not_found");
  CHECK(eve.http.get("/api/v1/chat/messages/none").code() == "resource.not_found");
}

TEST_CASE("chat: sync brings a client level", "[chat]") {
  Person ada(server(), "ada"), bob(server(), "bob"), eve(server(), "eve");
  const auto conversation = ada.with(bob);
  bob.socket();
  ada.say(conversation, "bob is here for this one");
  bob.socket().expect("message.new");
  bob.hang_up();
  for (int i = 2; i <= 8; ++i) ada.say(conversation, "while bob is away, " + std::to_string(i));

  CHECK(find(bob.connect().welcome()["conversations"], conversation)["last_seq"] == 8);
  const auto sync = [&](int after, json limit) {
    json data{{"conversations", {{{"conversation_id", conversation}, {"after_seq", after}}}}};
    if (!limit.is_null()) data["limit"] = limit;
    return bob.socket().ask("sync", data, "sync.result")["conversations"][0];
  };
  auto part = sync(1, 5);
  CHECK(part["messages"].size() == 5);
  CHECK(part["messages"][0]["seq"] == 2);
  CHECK(part["complete"] == false);
  CHECK(part["last_seq"] == 8);
  CHECK(part["updates"].empty());
  part = sync(6, 5);
  CHECK(part["messages"].size() == 2);
  CHECK(part["complete"] == true);
  CHECK(sync(8, nullptr)["messages"].empty());
  CHECK(sync(8, nullptr)["complete"] == true);
  CHECK(sync(0, nullptr)["messages"].size() == 8);

  const auto mixed = bob.socket().ask("sync",
                                      {{"conversations",
                                        {{{"conversation_id", conversation}, {"after_seq", 7}, {"after_revision", 0}},
                                         {{"conversation_id", ada.with(eve)}, {"after_seq", 0}}}}},
                                      "sync.result")["conversations"];
  REQUIRE(mixed.size() == 2);
  CHECK(mixed[0]["messages"].size() == 1);
  CHECK(mixed[1]["conversation_id"] == ada.with(eve));
  CHECK(mixed[1]["error"]["code"] == "resource.not_found");
}

TEST_CASE("chat: sync refuses what it does not understand", "[chat][json]") {
  Person ada(server(), "ada");
  const auto code = [&](const json& data) { return ada.socket().request("sync", data)["data"].value("code", ""); };
  const json world{{"conversation_id", "world"}, {"after_seq", 0}};
  CHECK(code(json::object()) == "request.invalid");
  CHECK(code({{"conversations", "world"}}) == "request.invalid");
  CHECK(code({{"conversations", {{{"conversation_id", "world"}}}}}) == "request.invalid");
  CHECK(code({{"conversations", {{{"conversation_id", "world"}, {"after_seq", -1}}}}}) == "request.invalid");
  CHECK(code({{"conversations", {world}}, {"limit", 0}}) == "request.invalid");
  CHECK(code({{"conversations", {world}}, {"limit", 201}}) == "request.invalid");
  CHECK(code({{"conversations", std::vector<json>(51, world)}}) == "request.invalid");
  CHECK(ada.socket().ask("sync", {{"conversations", json::array()}}, "sync.result")["conversations"].empty());
}

}  // namespace netherlink::test
