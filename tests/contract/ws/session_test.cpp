// The life of a session: bounds, heartbeats, tokens, drain.
#include <future>
#include <thread>

#include "contract/ws/socket_fixture.hpp"
#include "netherlink/metrics/metrics.hpp"

namespace netherlink::test {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using Options = SocketFixture::Options;

im::Seq world_head(SocketFixture& fixture) {
  const std::string world = "world";
  return (*fixture.chat->heads(std::span(&world, 1)))[0].last_seq;
}

}  // namespace

TEST_CASE("ws session: who never reads is cut off with 4004 and holds nobody up", "[ws]") {
  SocketFixture fixture(Options{.configure = [](config::Config& c) { c.ws.send_queue_bytes = 64 << 10; }});
  metrics::Counter& cut = metrics::counter("netherlink_slow_clients_closed_total", "");
  const double before = cut.value();
  const auto ada = fixture.join(1), bob = fixture.join(2);
  const auto slow = fixture.connect(3, 0, 0, {}, 4096);
  slow->expect("welcome");
  const auto deaf = fixture.connect(4, 0, 0, {}, 4096);
  deaf->expect("welcome");
  const std::string large(4000, 'x');
  for (int i = 1; i <= 60; ++i) {
    ada->post("world", std::to_string(i), large);
    CHECK(ada->expect("message.ack")["data"]["seq"] == i);
    CHECK(bob->expect("message.new")["data"]["message"]["seq"] == i);
  }
  SocketFixture::until([&] { return cut.value() == before + 2; });
  // What it had begun to read ends with a whole frame, then comes the reason.
  int seq = 0;
  while (true) {
    const auto frame = slow->next();
    if (frame.opcode == 8) {
      CHECK(frame.close_code() == 4004);
      break;
    }
    REQUIRE(frame.opcode == 1);
    REQUIRE(frame.json()["data"]["message"]["seq"] == ++seq);
  }
  CHECK(seq < 60);
  CHECK(ada->ask("ping", json::object(), "pong").contains("server_time"));
}

TEST_CASE("ws session: max_in_flight holds the reader, not the messages", "[ws]") {
  SocketFixture fixture(Options{.configure = [](config::Config& c) { c.ws.max_in_flight = 4; }});
  const auto ada = fixture.join(1);
  fixture.lossy->hold_back();
  for (int i = 1; i <= 40; ++i) ada->post("world", std::to_string(i));
  SocketFixture::until([&] { return world_head(fixture) == 4; });
  std::this_thread::sleep_for(milliseconds(100));
  CHECK(world_head(fixture) == 4);
  CHECK(fixture.sockets->in_flight() == 4);
  fixture.lossy->release();
  for (int i = 1; i <= 40; ++i) {
    const auto ack = ada->expect("message.ack");
    CHECK(ack["data"]["seq"] == i);
    CHECK(ack["id"] == std::to_string(i));
  }
  CHECK(fixture.sockets->in_flight() == 0);
}

TEST_CASE("ws session: the silent are pinged, then closed with 4003", "[ws][time]") {
  SocketFixture fixture(Options{.configure = [](config::Config& c) {
    c.heartbeat.interval = std::chrono::seconds(1);
    c.heartbeat.probe_count = 2;
  }});
  const auto deaf = fixture.join(1), alive = fixture.join(2), busy = fixture.join(3);
  const auto begin = std::chrono::steady_clock::now();
  int pings = 0, code = 0;
  while (code == 0) {
    const auto frame = deaf->next();
    if (frame.opcode == 9) ++pings;
    if (frame.opcode == 8 || frame.opcode == -1) code = frame.close_code();
    if (pings == 2 && code == 0) busy->ask("ping", json::object(), "pong");
  }
  CHECK(code == 4003);
  CHECK(pings == 2);
  CHECK(std::chrono::steady_clock::now() - begin >= std::chrono::seconds(3));
  // expect() answers pings on the way.
  CHECK(alive->next().opcode == 9);
}

TEST_CASE("ws session: a token that runs out closes the socket, a newer one moves it on", "[ws][time]") {
  SocketFixture fixture;
  const auto connect = [&](im::UserId user) {
    auto client = fixture.join(user);
    client->ask("auth.refresh", {{"access_token", fixture.token(user, 0, milliseconds(900'000))}}, "auth.refreshed");
    return client;
  };
  const auto ada = connect(1);
  const auto code = [&](const std::string& token) {
    return ada->ask("auth.refresh", {{"access_token", token}}, "error")["code"].get<std::string>();
  };
  CHECK(code("garbage") == "auth.invalid_token");
  CHECK(code(fixture.token(2)) == "auth.invalid_token");
  CHECK(code(fixture.token(1, 555)) == "auth.invalid_token");
  CHECK(code(fixture.token(1, 0, milliseconds(-1))) == "auth.token_expired");
  const auto answer =
      ada->ask("auth.refresh", {{"access_token", fixture.token(1, 0, std::chrono::hours(1))}}, "auth.refreshed");
  CHECK(answer["expires_in"] >= 3590);
  CHECK(answer["expires_in"] <= 3600);
  // An older token takes nothing back.
  CHECK(ada->ask("auth.refresh", {{"access_token", fixture.token(1)}}, "auth.refreshed")["expires_in"] >= 3590);
}

TEST_CASE("ws session: draining answers what was sent, then says 1001", "[ws][time]") {
  SocketFixture fixture(SocketFixture::Options{.threads = 2});
  const auto ada = fixture.join(1), bob = fixture.join(2, 0, 1);
  fixture.lossy->hold_back();
  ada->post("world", "before");
  SocketFixture::until([&] { return world_head(fixture) == 1; });
  fixture.sockets->begin_drain();
  CHECK(ada->expect("draining")["data"]["reconnect_after_ms"] >= 0);
  // Sent before the client could know.
  ada->post("world", "crossing");
  bob->expect("draining");
  const auto ping = bob->next();
  CHECK(ping.opcode == 9);
  bob->send(ClientFrame{10, ping.payload}.encode());
  CHECK(bob->wait_close() == 1001);
  SocketFixture::until([&] { return world_head(fixture) == 2; });
  CHECK(fixture.sockets->in_flight() >= 1);
  fixture.lossy->release();
  CHECK(ada->expect("message.ack")["data"]["client_msg_id"] == "before");
  CHECK(ada->expect("message.ack")["data"]["client_msg_id"] == "crossing");
  CHECK(ada->wait_close() == 1001);
  SocketFixture::until([&] { return fixture.sockets->in_flight() == 0; });
  gateway::Request request;
  request.headers = {{"authorization", "Bearer " + fixture.token(1)},
                     {"upgrade", "websocket"},
                     {"connection", "Upgrade"},
                     {"sec-websocket-version", "13"},
                     {"sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="}};
  CHECK(fixture.sockets->handshake(request).status == 503);
  CHECK(fixture.connect(3)->wait_close() == 1001);
}

TEST_CASE("ws session: limits of frames and messages are told with when to come back", "[ws]") {
  SocketFixture fixture(Options{.configure = [](config::Config& c) {
    c.rate_limits.enabled = true;
    c.rate_limits.message_user = {3, 0.01};
    c.rate_limits.user = {20, 0.01};
  }});
  const auto ada = fixture.join(1);
  for (int i = 1; i <= 3; ++i) {
    ada->post("world", std::to_string(i));
    ada->expect("message.ack");
  }
  ada->post("world", "4");
  const auto error = ada->expect("error");
  CHECK(error["id"] == "4");
  CHECK(error["data"]["code"] == "request.rate_limited");
  CHECK(error["data"]["client_msg_id"] == "4");
  CHECK(error["data"]["retry_after_ms"] > 0);
  for (int i = 0; i < 16; ++i) ada->ask("ping", json::object(), "pong");
  CHECK(ada->ask("ping", json::object(), "error")["code"] == "request.rate_limited");
  CHECK(fixture.join(2)->ask("ping", json::object(), "pong").contains("server_time"));
}

TEST_CASE("ws session: sync answers what is missing, and a lot of it in parts", "[ws]") {
  SocketFixture fixture(Options{.configure = [](config::Config& c) { c.ws.send_queue_bytes = 256 << 10; }});
  const auto ada = fixture.join(1), bob = fixture.join(2);
  const std::string large(7000, 'x');
  for (int i = 1; i <= 60; ++i) {
    ada->post("single_1_2", std::to_string(i), large);
    ada->expect("message.ack");
    bob->expect("message.new");
  }
  const json asked = {{"conversations",
                       {{{"conversation_id", "single_1_2"}, {"after_seq", 0}},
                        {{"conversation_id", "single_1_2"}, {"after_seq", 55}, {"after_revision", 0}},
                        {{"conversation_id", "single_8_9"}, {"after_seq", 0}},
                        {{"conversation_id", "nonsense"}, {"after_seq", 0}},
                        {{"conversation_id", "world"}, {"after_seq", 0}}}}};
  const auto answer = bob->ask("sync", asked, "sync.result")["conversations"];
  REQUIRE(answer.size() == 5);
  // One answer holds about half of what a queue may: the rest is asked for again.
  CHECK(answer[0]["complete"] == false);
  CHECK(answer[0]["messages"].size() < 40);
  CHECK(answer[0]["messages"].size() > 10);
  CHECK(answer[0]["last_seq"] == 60);
  int refused = 0;
  for (const auto& one : answer) {
    if (one.contains("error")) ++refused;
  }
  CHECK(refused == 2);
  std::size_t level = 0;
  for (int rounds = 0; rounds < 60 && level < 60; ++rounds) {
    const json rest = {{"conversations", {{{"conversation_id", "single_1_2"}, {"after_seq", level}}}}, {"limit", 50}};
    const auto part = bob->ask("sync", rest, "sync.result")["conversations"][0];
    for (const auto& message : part["messages"]) REQUIRE(message["seq"] == ++level);
    CHECK(part["complete"] == (level == 60));
  }
  CHECK(level == 60);
  const auto code = [&](json data) { return bob->ask("sync", std::move(data), "error")["code"]; };
  CHECK(code(json::object()) == "request.invalid");
  CHECK(code({{"conversations", "world"}}) == "request.invalid");
  CHECK(code({{"conversations", {{{"conversation_id", "world"}}}}}) == "request.invalid");
  CHECK(code({{"conversations", json::array()}, {"limit", 0}}) == "request.invalid");
  CHECK(bob->ask("sync", {{"conversations", json::array()}}, "sync.result")["conversations"] == json::array());
}

TEST_CASE("ws session: what is sent by REST goes to all the sender's sockets", "[ws]") {
  SocketFixture fixture;
  const auto ada = fixture.join(1), bob = fixture.join(2);
  auto& pending = fixture.delivery->pending();
  const auto send = [&](const std::string& name) {
    auto outcome = std::make_shared<std::promise<std::pair<im::Seq, bool>>>();
    im::SendRequest request;
    request.sender_id = 1;
    request.conversation_id = "world";
    request.client_msg_id = name;
    request.kind = request.content = "text";
    request.origin = pending.add([outcome](const gateway::CommandOutcome& o) {
      outcome->set_value({o.message ? o.message->seq : 0, o.duplicate});
    });
    auto command = fixture.chat->prepare(std::move(request));
    REQUIRE(command.has_value());
    REQUIRE(fixture.chat->authorise(**command).has_value());
    const auto batcher = fixture.chat->make_batcher();
    batcher->add(std::move(*command));
    batcher->flush();
    return outcome->get_future().get();
  };
  CHECK(send("one") == std::pair<im::Seq, bool>{1, false});
  CHECK(ada->expect("message.new")["data"]["message"]["client_msg_id"] == "one");
  CHECK(bob->expect("message.new")["data"]["message"]["client_msg_id"] == "one");
  CHECK(send("one") == std::pair<im::Seq, bool>{1, true});
  CHECK(ada->silent());

  std::string code;
  pending.add([&](const gateway::CommandOutcome& o) { code = o.error->code().name; }, milliseconds(0));
  pending.expire(gateway::PendingReplies::Clock::now() + milliseconds(1));
  CHECK(code == "server.unavailable");
}

}  // namespace netherlink::test
