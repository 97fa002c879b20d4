// How messages reach the sockets: order, own acks, duplicates, gaps.
#include <atomic>
#include <map>
#include <thread>

#include "contract/ws/socket_fixture.hpp"
#include "netherlink/im/push.hpp"
#include "netherlink/metrics/metrics.hpp"

namespace netherlink::test {
namespace {

using nlohmann::json;

/// Reads until `count` messages of the conversation were counted, by message.new or by an ack of one's own, and checks
/// that they are first, first + 1, …
void expect_run(RawClient& client, int first, int count, const std::string& conversation = "world") {
  for (int seq = first; seq < first + count; ++seq) {
    const auto frame = client.next();
    if (frame.opcode == 9) {
      --seq;
      continue;
    }
    REQUIRE(frame.opcode == 1);
    const auto read = frame.json();
    INFO(read.dump());
    const bool ack = read["type"] == "message.ack";
    REQUIRE((ack || read["type"] == "message.new"));
    const auto& message = ack ? read["data"] : read["data"]["message"];
    REQUIRE(message["conversation_id"] == conversation);
    REQUIRE(message["seq"] == seq);
    if (ack) REQUIRE(message["duplicate"] == false);
  }
}

}  // namespace

TEST_CASE("ws delivery: a message reaches every session but the one that has the ack", "[ws]") {
  SocketFixture fixture(SocketFixture::Options{.threads = 2});
  const auto ada = fixture.join(1), tablet = fixture.join(1, 101, 1), bob = fixture.join(2, 0, 1);
  ada->post("world", "first", "hello \"world\" \xF0\x9F\x98\x80");
  const auto ack = ada->expect("message.ack");
  CHECK(ack["id"] == "first");
  CHECK(ack["data"]["client_msg_id"] == "first");
  CHECK(ack["data"]["seq"] == 1);
  for (const auto* client : {&tablet, &bob}) {
    const auto message = (*client)->expect("message.new")["data"]["message"];
    CHECK(message["message_id"] == ack["data"]["message_id"]);
    CHECK(message["content"] == "hello \"world\" \xF0\x9F\x98\x80");
    CHECK(message["sender_id"] == "1");
    CHECK(message["reactions"] == json::array());
    CHECK_FALSE(message.contains("extra"));
    CHECK_FALSE(message.contains("edited_at"));
  }
  ada->post("world", "first", "other content");
  const auto again = ada->expect("message.ack")["data"];
  CHECK(again["duplicate"] == true);
  CHECK(again["message_id"] == ack["data"]["message_id"]);
  CHECK(bob->silent());
}

TEST_CASE("ws delivery: the first message of a conversation reaches who did not know of it", "[ws]") {
  SocketFixture fixture(SocketFixture::Options{.threads = 2});
  const auto ada = fixture.join(1), tablet = fixture.join(1, 101, 1), bob = fixture.join(2), eve = fixture.join(3);
  for (int i = 1; i <= 3; ++i) {
    const auto name = "m" + std::to_string(i);
    const auto ack =
        ada->ask("message.send", {{"to_user_id", "2"}, {"client_msg_id", name}, {"kind", "text"}, {"content", name}},
                 "message.ack");
    CHECK(ack["conversation_id"] == "single_1_2");
    CHECK(ack["seq"] == i);
    CHECK(bob->expect("message.new")["data"]["message"]["seq"] == i);
    CHECK(tablet->expect("message.new")["data"]["message"]["seq"] == i);
  }
  CHECK(eve->silent());
  const auto late = fixture.connect(2, 201);
  const auto welcome = late->expect("welcome")["data"];
  REQUIRE(welcome["conversations"].size() == 2);
  CHECK(welcome["conversations"][0]["conversation_id"] == "single_1_2");
  CHECK(welcome["conversations"][0]["last_seq"] == 3);
  CHECK(welcome["conversations"][0]["last_message"]["content"] == "m3");
}

TEST_CASE("ws delivery: everybody sees one order, with the own acks in their places", "[ws]") {
  SocketFixture fixture(SocketFixture::Options{.threads = 2});
  constexpr int senders = 6, each = 150;
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < senders; ++i)
    clients.push_back(fixture.join(i % 3 + 1, 100 + i, static_cast<std::size_t>(i % 2)));
  std::vector<std::thread> threads;
  std::vector<std::string> problems(senders);  // Catch2 belongs to one thread
  for (int i = 0; i < senders; ++i) {
    threads.emplace_back([&, i] {
      auto& mine = *clients[static_cast<std::size_t>(i)];
      auto& problem = problems[static_cast<std::size_t>(i)];
      int sent = 0, acks = 0;
      for (int seq = 1; seq <= senders * each && problem.empty();) {
        while (sent < each && sent - acks < 16) {
          mine.post("world", std::to_string(i) + "-" + std::to_string(sent));
          ++sent;
        }
        const auto frame = mine.next();
        if (frame.opcode == 9) continue;
        if (frame.opcode != 1) problem = "opcode " + std::to_string(frame.opcode);
        if (frame.opcode != 1) return;
        const auto read = frame.json();
        const bool ack = read["type"] == "message.ack";
        const auto& message = ack ? read["data"] : read["data"]["message"];
        // What one socket sends keeps its order.
        const bool right = message["seq"] == seq && (ack || read["type"] == "message.new") &&
                           (!ack || message["client_msg_id"] == std::to_string(i) + "-" + std::to_string(acks));
        if (!right) problem = "at seq " + std::to_string(seq) + ", ack " + std::to_string(acks) + ": " + frame.payload;
        if (ack) ++acks;
        ++seq;
      }
      if (acks != each && problem.empty()) problem = std::to_string(acks) + " acks";
    });
  }
  for (auto& thread : threads) thread.join();
  for (const auto& problem : problems) CHECK(problem == "");
}

TEST_CASE("ws delivery: what a push lost is filled in from the store, in order", "[ws]") {
  SocketFixture fixture;
  const auto ada = fixture.join(1), bob = fixture.join(2), eve = fixture.join(3);
  ada->post("world", "1");
  expect_run(*ada, 1, 1);
  fixture.lossy->lose([](const im::PushEnvelope&) { return true; });
  ada->post("world", "2");
  bob->post("world", "3");
  SocketFixture::until([&] { return fixture.lossy->lost() == 2; });
  fixture.lossy->lose(nullptr);
  const double before = metrics::counter("netherlink_gap_repairs_total", "").value();
  eve->post("world", "4");
  // The senders of what was lost still get their acks, and in the right places.
  expect_run(*eve, 1, 4);
  expect_run(*ada, 2, 3);
  expect_run(*bob, 1, 4);
  CHECK(metrics::counter("netherlink_gap_repairs_total", "").value() == before + 1);
  CHECK(ada->ask("ping", json::object(), "pong").contains("server_time"));
}

TEST_CASE("ws delivery: of a conversation that begins, what is pushed first need not be its beginning", "[ws]") {
  SocketFixture fixture;
  const auto ada = fixture.join(1), bob = fixture.join(2);
  fixture.lossy->lose([](const im::PushEnvelope&) { return true; });
  ada->post("single_1_2", "1");
  SocketFixture::until([&] { return fixture.lossy->lost() == 1; });
  fixture.lossy->lose(nullptr);
  bob->post("single_1_2", "2");
  CHECK(bob->expect("message.new")["data"]["message"]["seq"] == 1);
  CHECK(bob->expect("message.ack")["data"]["seq"] == 2);
  CHECK(ada->expect("message.ack")["data"]["seq"] == 1);
  CHECK(ada->expect("message.new")["data"]["message"]["seq"] == 2);
}

TEST_CASE("ws delivery: a gap that the store cannot fill at once is filled later", "[ws]") {
  SocketFixture fixture;
  const auto ada = fixture.join(1), bob = fixture.join(2);
  fixture.lossy->lose([](const im::PushEnvelope&) { return true; });
  ada->post("world", "1");
  SocketFixture::until([&] { return fixture.lossy->lost() == 1; });
  fixture.lossy->lose(nullptr);
  // The hot cache would have it.
  fixture.cache->hot_messages().forget("world");
  std::atomic<int> refusals{0};
  fixture.messages->before_range([&]() -> core::result<void> {
    if (refusals < 2) {
      ++refusals;
      return errors::server_unavailable;
    }
    return {};
  });
  for (int i = 2; i <= 40; ++i) ada->post("world", std::to_string(i));
  expect_run(*bob, 1, 40);
  expect_run(*ada, 1, 40);
  fixture.messages->before_range(nullptr);
}

TEST_CASE("ws delivery: pushes that come again are not seen again", "[ws]") {
  SocketFixture fixture;
  const auto ada = fixture.join(1), bob = fixture.join(2);
  for (int i = 1; i <= 5; ++i) ada->post("world", std::to_string(i));
  expect_run(*ada, 1, 5);
  expect_run(*bob, 1, 5);
  fixture.lossy->repeat_all();
  CHECK(bob->silent());
  CHECK(ada->silent());
  bob->post("world", "6");
  expect_run(*ada, 6, 1);
}

TEST_CASE("ws delivery: the lobby may be left and joined", "[ws]") {
  SocketFixture fixture;
  const auto ada = fixture.join(1), bob = fixture.join(2);
  CHECK(bob->ask("lobby.leave", json::object(), "ok") == json::object());
  CHECK(bob->ask("lobby.leave", json::object(), "ok") == json::object());
  ada->post("world", "1");
  expect_run(*ada, 1, 1);
  CHECK(bob->silent());
  // Who left may still speak.
  bob->post("world", "2");
  CHECK(bob->expect("message.ack")["data"]["seq"] == 2);
  expect_run(*ada, 2, 1);
  CHECK(bob->ask("lobby.join", json::object(), "ok") == json::object());
  CHECK(bob->ask("lobby.join", json::object(), "ok") == json::object());
  ada->post("world", "3");
  expect_run(*bob, 3, 1);
  // Nobody follows it: the next one reads where it is.
  expect_run(*ada, 3, 1);
  CHECK(bob->ask("lobby.leave", json::object(), "ok") == json::object());
  ada->ask("lobby.leave", json::object(), "ok");
  CHECK(bob->ask("lobby.join", json::object(), "ok") == json::object());
  bob->post("world", "4");
  CHECK(bob->expect("message.ack")["data"]["seq"] == 4);
  CHECK(ada->silent());
}

TEST_CASE("ws delivery: receipts go to the others, and to one's own other sessions", "[ws]") {
  SocketFixture fixture(SocketFixture::Options{.threads = 2});
  const auto ada = fixture.join(1), bob = fixture.join(2), bobs_tablet = fixture.join(2, 201, 1), eve = fixture.join(3);
  ada->post("single_1_2", "1");
  CHECK(ada->expect("message.ack")["data"]["seq"] == 1);
  bob->expect("message.new");
  bobs_tablet->expect("message.new");
  CHECK(bob->ask("message.received", {{"conversation_id", "single_1_2"}, {"seq", 1}}, "ok") == json::object());
  for (const auto* client : {&ada, &bobs_tablet}) {
    const json expected = {{"conversation_id", "single_1_2"}, {"user_id", "2"}, {"delivered_seq", 1}, {"read_seq", 0}};
    CHECK((*client)->expect("receipt")["data"] == expected);
  }
  CHECK(bob->ask("message.read", {{"conversation_id", "single_1_2"}, {"seq", 99}}, "ok") == json::object());
  CHECK(ada->expect("receipt")["data"]["read_seq"] == 1);
  CHECK(bobs_tablet->expect("receipt")["data"]["read_seq"] == 1);
  CHECK(bob->silent());

  // In the world only to oneself.
  eve->post("world", "w");
  CHECK(eve->expect("message.ack")["data"]["seq"] == 1);
  for (const auto* client : {&ada, &bob, &bobs_tablet}) (*client)->expect("message.new");
  bob->ask("message.read", {{"conversation_id", "world"}, {"seq", 1}}, "ok");
  CHECK(bobs_tablet->expect("receipt")["data"]["conversation_id"] == "world");
  CHECK(ada->silent());
  CHECK(eve->silent());
}

TEST_CASE("ws delivery: a refused send names its message", "[ws]") {
  SocketFixture fixture;
  const auto ada = fixture.join(1);
  const auto refused = [&](json data) {
    data["client_msg_id"] = "mine";
    const auto error = ada->ask("message.send", std::move(data), "error");
    CHECK(error["client_msg_id"] == "mine");
    CHECK(error["message"].get<std::string>().size() > 3);
    return error["code"].get<std::string>();
  };
  CHECK(refused({{"conversation_id", "world"}, {"kind", "text"}, {"content", ""}}) == "request.invalid");
  CHECK(refused({{"conversation_id", "world"}, {"kind", "text"}}) == "request.invalid");
  CHECK(refused({{"conversation_id", "world"}, {"kind", "text"}, {"content", 7}}) == "request.invalid");
  CHECK(refused({{"conversation_id", "nonsense"}, {"kind", "text"}, {"content", "x"}}) == "request.invalid");
  CHECK(refused({{"conversation_id", "world"}, {"to_user_id", "2"}, {"kind", "text"}, {"content", "x"}}) ==
        "request.invalid");
  CHECK(refused({{"conversation_id", "single_2_3"}, {"kind", "text"}, {"content", "x"}}) == "chat.not_member");
  CHECK(refused({{"to_user_id", "777"}, {"kind", "text"}, {"content", "x"}}) == "user.not_found");
  CHECK(refused({{"conversation_id", "world"}, {"kind", "text"}, {"content", std::string(9000, 'x')}}) ==
        "chat.too_long");
  CHECK(ada->ask("ping", json::object(), "pong").contains("server_time"));
}

TEST_CASE("ws delivery: revoked sessions are closed, others of the user are not", "[ws]") {
  SocketFixture fixture(SocketFixture::Options{.threads = 2});
  const auto phone = fixture.join(1, 11), second = fixture.join(1, 11, 1), tablet = fixture.join(1, 12);
  const std::vector<core::SessionId> revoked{11};
  fixture.announcer->revoke(revoked, core::now_ms() + 60'000);
  CHECK(phone->wait_close() == 4002);
  CHECK(second->wait_close() == 4002);
  CHECK(tablet->ask("ping", json::object(), "pong").contains("server_time"));
  // One that was revoked between its handshake and its first moment here.
  fixture.cache->revoked_sessions().add(13, core::now_ms() + 60'000);
  auto request = std::make_shared<gateway::Request>();
  CHECK(fixture.connect(1, 13)->wait_close() == 1006);
}

}  // namespace netherlink::test
