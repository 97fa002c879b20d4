// A new session comes level exactly once: behind a welcome that says last_seq = n, the first message is n + 1.
#include <atomic>
#include <future>
#include <map>
#include <thread>

#include "contract/ws/socket_fixture.hpp"

namespace netherlink::test {
namespace {

using nlohmann::json;

int last_seq(const json& welcome, const std::string& conversation) {
  for (const auto& one : welcome["data"]["conversations"]) {
    if (one["conversation_id"] == conversation) return one["last_seq"];
  }
  return 0;
}

}  // namespace

TEST_CASE("ws attach: welcome tells who, where, and how to keep alive", "[ws]") {
  SocketFixture fixture;
  const auto ada = fixture.connect(1, 42);
  const auto welcome = ada->expect("welcome");
  CHECK_FALSE(welcome.contains("id"));
  const auto& data = welcome["data"];
  CHECK(data["session_id"] == "42");
  CHECK(data["user"]["id"] == "1");
  CHECK(data["user"].contains("email"));
  CHECK(data["instance"] == "here");
  CHECK(data["more"] == false);
  CHECK(data["heartbeat"]["interval"] == 30);
  REQUIRE(data["conversations"].size() == 1);
  CHECK(data["conversations"][0]["conversation_id"] == "world");
  CHECK(data["conversations"][0]["target_id"] == nullptr);
  CHECK(data["conversations"][0]["last_message"] == nullptr);
}

TEST_CASE("ws attach: frames sent before the welcome are answered behind it", "[ws]") {
  SocketFixture fixture;
  const auto ping = ClientFrame{1, R"({"type":"ping","id":"early","data":{}})"}.encode();
  const auto ada = fixture.connect(1, 0, 0, ping);
  ada->send(ping);
  ada->expect("welcome");
  CHECK(ada->expect("pong")["id"] == "early");
  CHECK(ada->expect("pong")["id"] == "early");
}

TEST_CASE("ws attach: what is committed while the heads are read comes once", "[ws]") {
  SocketFixture fixture;
  const auto bob = fixture.join(2);
  for (int i = 1; i <= 3; ++i) {
    bob->post("world", "early" + std::to_string(i));
    bob->expect("message.ack");
  }
  // While ada's heads are being read: some messages before, some after, and a conversation that begins.
  std::promise<void> reading, go_on;
  std::atomic<bool> first{true};
  auto resume = go_on.get_future();
  fixture.messages->before_heads([&]() -> core::result<void> {
    if (first.exchange(false)) {
      reading.set_value();
      resume.wait();
    }
    return {};
  });
  const auto ada = fixture.connect(1);
  reading.get_future().wait();
  fixture.messages->before_heads(nullptr);
  for (int i = 4; i <= 6; ++i) {
    bob->post("world", "between" + std::to_string(i));
    bob->expect("message.ack");
  }
  bob->post("single_1_2", "begin");
  CHECK(bob->expect("message.ack")["data"]["seq"] == 1);
  go_on.set_value();
  const auto welcome = ada->expect("welcome");
  int world = last_seq(welcome, "world"), single = last_seq(welcome, "single_1_2");
  bob->post("world", "late");
  bob->post("single_1_2", "late");
  while (world < 7 || single < 2) {
    const auto message = ada->expect("message.new")["data"]["message"];
    int& at = message["conversation_id"] == "world" ? world : single;
    REQUIRE(message["seq"] == ++at);
  }
  CHECK(ada->silent());
}

TEST_CASE("ws attach: of two who attach at once, the one that read older heads misses nothing", "[ws]") {
  SocketFixture fixture(SocketFixture::Options{.threads = 2});
  fixture.join(1);
  const auto eve = fixture.join(3, 0, 1);
  std::promise<void> read, go_on;
  std::atomic<bool> first{true};
  auto resume = go_on.get_future();
  fixture.messages->after_heads([&]() -> core::result<void> {
    if (first.exchange(false)) {
      read.set_value();
      resume.wait();
    }
    return {};
  });
  const auto ada = fixture.connect(1);
  read.get_future().wait();
  eve->post("world", "between");
  eve->expect("message.ack");
  const auto bob = fixture.join(2);
  go_on.set_value();
  int world = last_seq(ada->expect("welcome"), "world");
  eve->post("world", "afterwards");
  while (world < 2) REQUIRE(ada->expect("message.new")["data"]["message"]["seq"] == ++world);
}

TEST_CASE("ws attach: many sockets come and go while others talk", "[ws]") {
  SocketFixture fixture(SocketFixture::Options{.threads = 2});
  std::atomic<bool> stop{false};
  const auto talk = [&](im::UserId user, std::size_t thread) {
    const auto talker = fixture.join(user, 0, thread);
    for (int i = 0; !stop; ++i) {
      const auto name = std::to_string(user) + "-" + std::to_string(i);
      talker->post(i % 3 == 0 ? "single_1_" + std::to_string(user) : "world", name);
      while (true) {
        const auto frame = talker->next();
        if (frame.opcode != 1) return false;
        if (frame.json()["type"] == "message.ack") break;
      }
    }
    return true;
  };
  auto bob = std::async(std::launch::async, talk, 2, 0), eve = std::async(std::launch::async, talk, 3, 1);
  for (int round = 0; round < 60; ++round) {
    const auto ada = fixture.connect(1, 0, static_cast<std::size_t>(round % 2));
    const auto welcome = ada->expect("welcome");
    std::map<std::string, int> seen;
    for (const auto& one : welcome["data"]["conversations"]) seen[one["conversation_id"]] = one["last_seq"];
    for (int i = 0; i < 12; ++i) {
      const auto message = ada->expect("message.new")["data"]["message"];
      REQUIRE(message["seq"] == ++seen[message["conversation_id"]]);
    }
  }
  stop = true;
  CHECK(bob.get());
  CHECK(eve.get());
}

TEST_CASE("ws attach: heads that are behind the pushes, and pushes that come late", "[ws]") {
  SocketFixture fixture;
  const auto bob = fixture.join(2);
  fixture.lossy->hold_back();
  for (int i = 1; i <= 5; ++i) bob->post("world", std::to_string(i));
  SocketFixture::until([&] {
    const std::string world = "world";
    return (*fixture.chat->heads(std::span(&world, 1)))[0].last_seq == 5;
  });
  const auto ada = fixture.connect(1);
  CHECK(last_seq(ada->expect("welcome"), "world") == 5);
  fixture.lossy->release();
  for (int i = 1; i <= 5; ++i) CHECK(bob->expect("message.ack")["data"]["seq"] == i);
  CHECK(ada->silent());
  bob->post("world", "6");
  CHECK(ada->expect("message.new")["data"]["message"]["seq"] == 6);
}

TEST_CASE("ws attach: without its store a session is sent away for a while", "[ws]") {
  SocketFixture fixture;
  const auto bob = fixture.join(2);
  fixture.messages->before_heads([]() -> core::result<void> { return errors::server_unavailable; });
  CHECK(fixture.connect(1)->wait_close() == 1013);
  fixture.messages->before_heads(nullptr);
  // The conversation that it was about to follow goes on for the others.
  bob->post("world", "1");
  CHECK(bob->expect("message.ack")["data"]["seq"] == 1);
  CHECK(last_seq(fixture.connect(1)->expect("welcome"), "world") == 1);
}

TEST_CASE("ws attach: no more sockets than a user may have", "[ws]") {
  SocketFixture fixture(SocketFixture::Options{.configure = [](config::Config& c) { c.ws.max_sessions_per_user = 2; }});
  auto first = fixture.join(1), second = fixture.join(1);
  CHECK(fixture.connect(1)->wait_close() == 1008);
  gateway::Request request;
  request.headers = {{"authorization", "Bearer " + fixture.token(1)},
                     {"upgrade", "websocket"},
                     {"connection", "Upgrade"},
                     {"sec-websocket-version", "13"},
                     {"sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="}};
  CHECK(fixture.sockets->handshake(request).status == 429);
  second.reset();
  SocketFixture::until([&] { return fixture.sockets->handshake(request).status == 101; });
  CHECK(fixture.join(1) != nullptr);
}

TEST_CASE("ws attach: a client that goes away before its welcome leaves nothing behind", "[ws]") {
  SocketFixture fixture;
  for (int i = 0; i < 50; ++i) fixture.connect(1);
  const auto bob = fixture.join(2);
  bob->post("world", "1");
  CHECK(bob->expect("message.ack")["data"]["seq"] == 1);
}

}  // namespace netherlink::test
