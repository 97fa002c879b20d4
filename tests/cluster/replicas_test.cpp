// Two replicas of one deployment are one system.
#include <thread>

#include "support/catch.hpp"
#include "support/person.hpp"
#include "support/stack.hpp"

namespace netherlink::test {
namespace {

using nlohmann::json;

Replicas& replicas() {
  static Replicas two(Stack::shared(), 2);
  return two;
}

/// `person` on another replica: the same session.
WsClient socket_at(std::uint16_t port, const Person& person) {
  return WsClient(port, person.token);
}

}  // namespace

TEST_CASE("replicas: a message reaches people wherever they are connected", "[replicas]") {
  Person ada(replicas()[0], "ada"), bob(replicas()[1], "bob");
  ada.socket();
  bob.socket();
  CHECK(ada.say(ada.with(bob), "hello")["seq"] == 1);
  CHECK(bob.socket().expect("message.new")["message"]["content"] == "hello");
  CHECK(bob.say(ada.with(bob), "hello yourself")["seq"] == 2);
  CHECK(ada.socket().expect("message.new")["message"]["seq"] == 2);
  ada.socket().ask("message.read", {{"conversation_id", ada.with(bob)}, {"seq", 2}}, "ok");
  const auto read = [](const json& data) { return data["read_seq"] == 2; };
  CHECK(bob.socket().expect("receipt", read)["user_id"] == ada.id);
}

TEST_CASE("replicas: the devices of one person are level with each other", "[replicas]") {
  Person ada(replicas()[0], "ada"), bob(replicas()[0], "bob");
  auto elsewhere = socket_at(replicas()[1].port(), ada);
  ada.socket();
  ada.say(ada.with(bob), "from here");
  CHECK(elsewhere.expect("message.new")["message"]["content"] == "from here");
  ada.post(ada.with(bob), "over REST");
  CHECK(elsewhere.expect("message.new")["message"]["content"] == "over REST");
  CHECK(ada.socket().expect("message.new")["message"]["content"] == "over REST");
}

TEST_CASE("replicas: a message sent again elsewhere is the same message", "[replicas]") {
  Person ada(replicas()[0], "ada"), bob(replicas()[0], "bob");
  const auto id = unique("once");
  const auto first = ada.say(ada.with(bob), "once", id);
  auto elsewhere = socket_at(replicas()[1].port(), ada);
  const auto again = elsewhere.ask("message.send", text_message(ada.with(bob), "twice", id), "message.ack");
  CHECK(again["duplicate"] == true);
  CHECK(again["message_id"] == first["message_id"]);
  CHECK(again["seq"] == first["seq"]);
}

TEST_CASE("replicas: a session that ends here ends everywhere", "[replicas]") {
  Person ada(replicas()[0], "ada");
  auto elsewhere = socket_at(replicas()[1].port(), ada);
  HttpClient http(replicas()[1].port());
  http.set_token(ada.token);
  CHECK(http.get("/api/v1/users/me").status == 200);
  CHECK(ada.http.request("POST", "/api/v1/auth/logout").status == 204);
  CHECK(elsewhere.wait_close() == 4002);
  const auto deadline = Clock::now() + patience;
  while (http.get("/api/v1/users/me").code() != "auth.session_revoked") REQUIRE(Clock::now() < deadline);
}

TEST_CASE("replicas: everybody reads the same history", "[replicas]") {
  Person ada(replicas()[0], "ada"), bob(replicas()[1], "bob");
  ada.socket();
  bob.socket();
  for (int i = 0; i < 20; ++i) (i % 2 == 0 ? ada : bob).say(ada.with(bob), std::to_string(i));
  CHECK(whole_history(ada, ada.with(bob)) == whole_history(bob, ada.with(bob)));
}

TEST_CASE("replicas: who may not lead a partition serves all the same", "[replicas]") {
  Replicas split(Stack::shared(), 0);
  auto& ingest = split.add({"instance.roles=ingest,push"});
  auto& gateway = split.add({"instance.roles=gateway"});
  split.wait_ready();
  Person ada(gateway, "ada"), bob(gateway, "bob");
  bob.socket();
  ada.socket();
  CHECK(ada.say(ada.with(bob), "over there and back")["seq"] == 1);
  CHECK(bob.socket().expect("message.new")["message"]["seq"] == 1);
  HttpClient other(ingest.port());
  CHECK(other.request_text("GET", "/metrics", "").status == 200);
  other.send_raw("GET /api/v1/client-config HTTP/1.1\r\nHost: x\r\n\r\n");
  CHECK(other.socket().read_until("\r\n").find(" 404 ") != std::string::npos);
}

TEST_CASE("replicas: one that comes and goes is hardly noticed", "[replicas]") {
  Replicas some(Stack::shared(), 1);
  Person ada(some[0], "ada"), bob(some[0], "bob");
  bob.socket();
  ada.say(ada.with(bob), "alone");
  auto& second = some.add();
  some.wait_ready();
  auto there = socket_at(second.port(), bob);
  for (int i = 0; i < 50; ++i) ada.say(ada.with(bob), std::to_string(i));
  for (int i = 0; i < 50; ++i) CHECK(there.expect("message.new")["message"]["content"] == std::to_string(i));
  there.send("message.send", text_message(ada.with(bob), "goodbye from there"));
  CHECK(there.expect("message.ack")["seq"] == 52);
  CHECK(second.terminate() == 0);
  CHECK(there.wait_close() == 1001);
  for (int i = 0; i < 50; ++i) CHECK(ada.say(ada.with(bob), "again")["seq"] == 53 + i);
}

}  // namespace netherlink::test
