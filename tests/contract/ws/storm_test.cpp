// Signals instead of messages while the lobby is busy (M17).
#include "contract/ws/socket_fixture.hpp"

namespace netherlink::test {
namespace {

using nlohmann::json;

constexpr int threshold = 5;

SocketFixture::Options busy_lobby() {
  return {.threads = 2, .configure = [](config::Config& config) { config.lobby.storm_threshold = threshold; }};
}

/// What one session was told of `world`, checked as it comes: ascending, without holes, nothing twice. Its own acks may
/// lie anywhere in what is named later.
struct Heard {
  im::Seq last = 0;  // everything up to here
  int messages = 0, signals = 0;

  void take(const json& frame) {
    if (frame["type"] == "message.new") {
      const im::Seq seq = frame["data"]["message"]["seq"];
      CHECK(seq == last + 1);
      last = seq;
      ++messages;
    } else if (frame["type"] == "messages.available") {
      const auto& data = frame["data"];
      CHECK(data["conversation_id"] == "world");
      CHECK(data["from_seq"] == last + 1);
      CHECK(data["count"] == data["to_seq"].get<im::Seq>() - last);
      last = data["to_seq"];
      ++signals;
    }
  }
};

void hear(RawClient& client, Heard& heard, im::Seq until) {
  while (heard.last < until) heard.take(client.next().json());
}

void shout(RawClient& client, int count, const std::string& name) {
  for (int i = 0; i < count; ++i) client.post("world", name + std::to_string(i));
  for (int i = 0; i < count; ++i) {
    // The shouter's own frames: acks at once, signals in between.
    for (json frame = client.next().json(); frame["type"] != "message.ack"; frame = client.next().json()) {
      CHECK(frame["type"] == "messages.available");
    }
  }
}

}  // namespace

TEST_CASE("ws storm: signals stand for messages, and together they leave nothing out", "[ws]") {
  SocketFixture fixture(busy_lobby());
  const auto ada = fixture.join(1), bob = fixture.join(2, 0, 1);
  Heard bobs;
  shout(*ada, 100, "a");
  hear(*bob, bobs, 100);
  CHECK(bobs.signals > 0);
  CHECK(bobs.messages < 100);

  // Who comes in the middle of it begins where the welcome says.
  shout(*ada, 20, "b");
  const auto eve = fixture.connect(3);
  Heard eves;
  const auto welcome = eve->expect("welcome");
  for (const auto& conversation : welcome["data"]["conversations"]) {
    if (conversation["conversation_id"] == "world") eves.last = conversation["last_seq"];
  }
  CHECK(eves.last >= 100);
  shout(*ada, 20, "c");
  hear(*eve, eves, 140);
  hear(*bob, bobs, 140);

  // A change is told behind the message it concerns.
  shout(*ada, 20, "d");
  const auto last = fixture.chat->repair(im::ConversationId::world(), 160, 160);
  REQUIRE(last.has_value());
  ada->send_json({{"type", "message.edit"},
                  {"id", "e"},
                  {"data", {{"message_id", std::to_string(last->front().id)}, {"content", "changed"}}}});
  while (true) {
    const auto frame = bob->next().json();
    if (frame["type"] == "message.updated") break;
    bobs.take(frame);
  }
  CHECK(bobs.last == 160);
}

TEST_CASE("ws storm: it ends when the lobby has calmed down", "[ws][time]") {
  SocketFixture fixture(busy_lobby());
  const auto ada = fixture.join(1), bob = fixture.join(2, 0, 1);
  Heard heard;
  shout(*ada, 30, "a");
  hear(*bob, heard, 30);
  const auto before = heard.messages;
  SocketFixture::until([&, number = 0]() mutable {
    std::this_thread::sleep_for(std::chrono::milliseconds(1000));
    shout(*ada, 1, "calm" + std::to_string(number++));
    hear(*bob, heard, heard.last + 1);
    return heard.messages > before;
  });
  CHECK(heard.messages > before);
}

}  // namespace netherlink::test
