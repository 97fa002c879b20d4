#include <algorithm>

#include "support/catch.hpp"
#include "support/person.hpp"

namespace netherlink::test {
namespace {

using nlohmann::json;

ServerProcess& server() {
  static ServerProcess process;
  return process;
}

/// Sends the same thing over REST and over the socket; both must answer alike. Gives the common code, empty: accepted.
std::string outcome(Person& person, json message) {
  message["client_msg_id"] = message.value("client_msg_id", unique("m"));
  const auto rest = person.http.post("/api/v1/chat/messages", message);
  if (rest.status / 100 == 2) message["client_msg_id"] = unique("m");
  const auto frame = person.socket().request("message.send", message);
  const auto over_socket = frame["data"].value("code", "");
  INFO(rest.body << "\n" << frame.dump());
  CHECK(rest.code() == over_socket);
  if (!over_socket.empty() && message["client_msg_id"].is_string()) {
    CHECK(frame["data"].value("client_msg_id", "") == message["client_msg_id"]);
  }
  return rest.code();
}

json to(const std::string& conversation, json content) {
  return {{"conversation_id", conversation}, {"kind", "text"}, {"content", std::move(content)}};
}

/// As outcome(), for what JSON libraries would not let through.
std::string raw_outcome(Person& person, const std::string& content_in_json) {
  const auto data = R"({"conversation_id":"world","client_msg_id":")" + unique("m") + R"(","kind":"text","content":)" +
                    content_in_json + "}";
  person.socket().send_text(R"({"type":"message.send","id":"raw","data":)" + data + "}");
  const auto frame = person.socket().expect("error");
  const auto rest = person.http.request_text("POST", "/api/v1/chat/messages", data);
  return frame["code"].get<std::string>() + " " + rest.code();
}

}  // namespace

TEST_CASE("odd messages: receivers that cannot be", "[odd][json]") {
  Person ada(server(), "ada"), bob(server(), "bob"), eve(server(), "eve");
  json message{{"kind", "text"}, {"content", "to whom it may concern"}};
  const auto to_user = [&](const json& id) {
    auto copy = message;
    copy["to_user_id"] = id;
    return outcome(ada, copy);
  };
  const auto to_conversation = [&](const json& id) {
    auto copy = message;
    copy["conversation_id"] = id;
    return outcome(ada, copy);
  };
  CHECK(to_user(ada.id) == "request.invalid");
  CHECK(to_conversation("single_" + ada.id + "_" + ada.id) == "request.invalid");
  CHECK(to_user("1") == "user.not_found");
  CHECK(to_conversation("single_1_" + ada.id) == "user.not_found");
  CHECK(to_user("abc") == "request.invalid");
  CHECK(to_user(17) == "request.invalid");
  CHECK(to_user("0") == "request.invalid");
  CHECK(to_conversation(bob.with(eve)) == "chat.not_member");
  CHECK(to_conversation("group_123") == "chat.not_member");
  CHECK(to_conversation("room_123") == "chat.not_member");
  for (const auto* bad :
       {"", "World", "world ", "group_0", "group_01", "single_5_3", "single_3", "group_9223372036854775808"}) {
    INFO(bad);
    CHECK(to_conversation(bad) == "request.invalid");
  }
  CHECK(outcome(ada, message) == "request.invalid");
  message["to_user_id"] = bob.id;
  CHECK(to_conversation("world") == "request.invalid");
}

TEST_CASE("odd messages: texts", "[odd][json]") {
  Person ada(server(), "ada"), bob(server(), "bob");
  bob.socket();
  const auto conversation = ada.with(bob);
  CHECK(outcome(ada, to(conversation, "")) == "request.invalid");
  CHECK(outcome(ada, to(conversation, 5)) == "request.invalid");
  CHECK(outcome(ada, to(conversation, nullptr)) == "request.invalid");
  CHECK(outcome(ada, to(conversation, std::string("nul\0inside", 10))) == "request.invalid");

  const auto travels = [&](const std::string& text) {
    REQUIRE(outcome(ada, to(conversation, text)).empty());
    const auto is_it = [&](const json& data) { return data["message"]["content"] == text; };
    bob.socket().expect("message.new", is_it);
    bob.socket().expect("message.new", is_it);
    CHECK(whole_history(bob, conversation).back()["content"] == text);
  };
  travels(" ");
  travels("\U0001F469\u200D\U0001F680 \U0001F600");
  travels("\u202Eright to left, and \u0001 control, \t tab, \r\n lines, \u2028 and \"quotes\" \\ /");
  travels("e\u0301 stays decomposed, \u00E9 composed");
  travels("\uFEFF\uFFFE\U0010FFFF");
}

TEST_CASE("odd messages: the length limit counts bytes", "[odd]") {
  Person ada(server(), "ada");
  const auto emoji = [](int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += "\U0001F600";
    return text;
  };
  CHECK(outcome(ada, to("world", std::string(8192, 'x'))).empty());
  CHECK(outcome(ada, to("world", std::string(8193, 'x'))) == "chat.too_long");
  CHECK(outcome(ada, to("world", emoji(2048))).empty());
  CHECK(outcome(ada, to("world", emoji(2048) + "x")) == "chat.too_long");
  std::string marks = "e";
  for (int i = 0; i < 10'000; ++i) marks += "\u0301";
  CHECK(outcome(ada, to("world", marks)) == "chat.too_long");
}

TEST_CASE("odd messages: what is not Unicode is not JSON", "[odd][json]") {
  Person ada(server(), "ada");
  const std::string malformed = "frame.malformed request.malformed";
  CHECK(raw_outcome(ada, R"("lone \ud800 surrogate")") == malformed);
  CHECK(raw_outcome(ada, R"("lone \udc00 surrogate")") == malformed);
  CHECK(raw_outcome(ada, R"("\ud800\ud800")") == malformed);
  CHECK(raw_outcome(ada, R"("\x41")") == malformed);
  CHECK(raw_outcome(ada, "\"raw\ncontrol\"") == malformed);
  CHECK(raw_outcome(ada, R"("\u0000")") == "request.invalid request.invalid");
  CHECK(ada.socket().ask("ping", json::object(), "pong").contains("server_time"));
}

TEST_CASE("odd messages: kinds", "[odd][json]") {
  Person ada(server(), "ada");
  const auto of_kind = [&](const json& kind, const json& content, const json& extra = nullptr) {
    json message{{"conversation_id", "world"}, {"kind", kind}, {"content", content}};
    if (!extra.is_null()) message["extra"] = extra;
    return outcome(ada, message);
  };
  CHECK(of_kind("image", "https://example.org/i.png").empty());
  CHECK(of_kind("file", "https://example.org/f", {{"size", 12}}).empty());
  CHECK(of_kind("emoji", "\U0001F600").empty());
  CHECK(of_kind("custom", "", {{"x", {1, 2, {{"deep", true}}}}}).empty());
  CHECK(of_kind("custom", "shown", json::object()).empty());
  CHECK(of_kind("custom", "no object") == "request.invalid");
  CHECK(of_kind("custom", "an array", json::array({1})) == "request.invalid");
  CHECK(of_kind("custom", "a text", "extra") == "request.invalid");
  CHECK(of_kind("encrypted", "aGVsbG8gd29ybGQh").empty());
  CHECK(of_kind("encrypted", "not base64!") == "request.invalid");
  CHECK(of_kind("encrypted", "abc") == "request.invalid");
  CHECK(of_kind("encrypted", "") == "request.invalid");
  CHECK(of_kind("system", "I am the server") == "request.invalid");
  CHECK(of_kind("shout", "no such kind") == "request.invalid");
  CHECK(of_kind(1, "no such kind") == "request.invalid");
  CHECK(of_kind("text", "extra as well", {{"colour", "red"}}).empty());
  CHECK(of_kind("custom", "", {{"big", std::string(8192, 'x')}}) == "request.invalid");
}

TEST_CASE("odd messages: client_msg_id", "[odd]") {
  Person ada(server(), "ada");
  const auto with_id = [&](const json& id) {
    auto message = to("world", "an id of many shapes");
    message["client_msg_id"] = id;
    return ada.http.post("/api/v1/chat/messages", message).code();
  };
  CHECK(with_id(std::string(64, '~')).empty());
  CHECK(with_id("!").empty());
  CHECK(with_id(R"(a"b\c/<>&')").empty());
  CHECK(with_id(std::string(65, 'x')) == "request.invalid");
  CHECK(with_id("") == "request.invalid");
  CHECK(with_id("with space") == "request.invalid");
  CHECK(with_id("tab\t") == "request.invalid");
  CHECK(with_id("\u00E9") == "request.invalid");
  CHECK(with_id("\x7F") == "request.invalid");
  CHECK(with_id(7) == "request.invalid");
  CHECK(with_id(nullptr) == "request.invalid");
}

TEST_CASE("odd messages: what goes along with a message", "[odd][json]") {
  Person ada(server(), "ada"), bob(server(), "bob");
  const auto first = ada.post(ada.with(bob), "the one that is answered");
  auto message = to(ada.with(bob), "with everything around it");
  message["client_msg_id"] = unique("m");
  message["reply_to"] = first["message_id"];
  message["mentions"] = {bob.id};
  message["client_time"] = "2026-01-31T12:00:00.000Z";  // not looked at without a signature
  REQUIRE(ada.http.post("/api/v1/chat/messages", message).status == 201);
  const auto stored = whole_history(bob, ada.with(bob)).back();
  CHECK(stored["reply_to"] == first["message_id"]);
  CHECK(stored["mentions"] == json{bob.id});
  CHECK_FALSE(stored.contains("signature"));

  const auto with = [&](const std::string& name, const json& value) {
    auto copy = to("world", "with something wrong");
    copy[name] = value;
    return outcome(ada, copy);
  };
  CHECK(with("reply_to", "abc") == "request.invalid");
  CHECK(with("reply_to", 5) == "request.invalid");
  CHECK(with("mentions", "all") == "request.invalid");
  CHECK(with("mentions", {"x"}) == "request.invalid");
  CHECK(with("mentions", std::vector<std::string>(51, bob.id)) == "request.invalid");
  // REST refuses fields it does not know, the socket ignores them.
  auto unknown = to("world", "with a field nobody knows");
  unknown["client_msg_id"] = unique("m");
  unknown["colour"] = "red";
  CHECK(ada.http.post("/api/v1/chat/messages", unknown).code() == "request.invalid");
  CHECK(ada.socket().request("message.send", unknown)["type"] == "message.ack");
}

}  // namespace netherlink::test
