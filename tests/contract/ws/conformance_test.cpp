// The ideas of the Autobahn test suite over a real socket: what is allowed is answered, what is not closes the
// connection with the right code, however the bytes are cut on the way.
#include <functional>
#include <thread>

#include "contract/ws/socket_fixture.hpp"

namespace netherlink::test {
namespace {

using nlohmann::json;

constexpr const char* ping_text = R"({"type":"ping","id":"p","data":{}})";

SocketFixture& server() {
  static SocketFixture fixture;
  return fixture;
}

std::string join(const std::vector<ClientFrame>& frames) {
  std::string bytes;
  for (const auto& frame : frames) bytes += frame.encode();
  return bytes;
}

/// Sends `bytes` in pieces of `piece`.
void send_cut(RawClient& client, const std::string& bytes, std::size_t piece) {
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    client.send(std::string_view(bytes).substr(at, piece));
    if (bytes.size() < 200) std::this_thread::yield();
  }
}

void closes(const std::string& bytes, int code) {
  for (const std::size_t piece : {bytes.size(), std::size_t{1}, std::size_t{7}}) {
    if (piece == 0) continue;
    const auto client = server().join(1);
    send_cut(*client, bytes, piece);
    CHECK(client->wait_close() == code);
    // The server hangs up by itself.
    CHECK(client->next().opcode == -1);
  }
}

void answers(const std::string& bytes, int pongs) {
  for (const std::size_t piece : {bytes.size(), std::size_t{1}, std::size_t{7}}) {
    const auto client = server().join(1);
    send_cut(*client, bytes, piece);
    for (int i = 0; i < pongs; ++i) CHECK(client->expect("pong")["id"] == "p");
    client->send(ClientFrame{8, close_payload(1000)}.encode());
    CHECK(client->wait_close() == 1000);
  }
}

}  // namespace

TEST_CASE("ws conformance 1, 5: messages, whole and in fragments", "[ws]") {
  const std::string text = ping_text;
  answers(ClientFrame{1, text}.encode(), 1);
  for (std::size_t cut = 0; cut <= text.size(); cut += 5) {
    answers(join({{1, text.substr(0, cut), false}, {0, text.substr(cut)}}), 1);
  }
  std::vector<ClientFrame> octets;
  for (std::size_t i = 0; i < text.size(); ++i) {
    octets.push_back({static_cast<std::uint8_t>(i == 0 ? 1 : 0), text.substr(i, 1), i + 1 == text.size()});
  }
  answers(join(octets), 1);
  answers(join({{1, "", false}, {0, "", false}, {0, text}}), 1);
  answers(join({{1, text}, {1, text}, {1, text}}), 3);
  const std::string padded = std::string(60'000, ' ') + text;
  answers(ClientFrame{1, padded}.encode(), 1);
}

TEST_CASE("ws conformance 2: pings and pongs", "[ws]") {
  for (const std::size_t size : {0U, 1U, 125U}) {
    const auto client = server().join(1);
    const std::string payload(size, '\xFE');
    send_cut(*client, ClientFrame{9, payload}.encode(), 3);
    const auto pong = client->next();
    CHECK(pong.opcode == 10);
    CHECK(pong.payload == payload);
  }
  const auto client = server().join(1);
  client->send(join({{10, "unasked"}, {9, "1"}, {10, ""}, {9, "2"}, {1, "[", false}, {9, "3"}, {0, "]"}}));
  for (const auto* payload : {"1", "2", "3"}) CHECK(client->next().payload == payload);
  CHECK(client->expect("error")["data"]["code"] == "frame.malformed");
  closes(ClientFrame{9, std::string(126, 'x')}.encode(), 1002);
}

TEST_CASE("ws conformance 3, 4, 5: reserved bits, reserved opcodes, wrong order", "[ws]") {
  for (std::uint8_t bits = 1; bits < 8; ++bits) {
    ClientFrame frame{1, ping_text};
    frame.reserved = bits;
    closes(frame.encode(), 1002);
  }
  for (const int opcode : {3, 4, 5, 6, 7, 11, 12, 13, 14, 15}) {
    closes(ClientFrame{static_cast<std::uint8_t>(opcode), "x"}.encode(), 1002);
  }
  closes(join({{0, "x"}}), 1002);
  closes(join({{1, "x", false}, {1, "y"}}), 1002);
  closes(join({{9, "x", false}, {0, "y"}}), 1002);
  ClientFrame bare{1, ping_text};
  bare.masked = false;
  closes(bare.encode(), 1002);
  ClientFrame longer{1, ping_text};
  longer.length_bytes = 8;
  closes(longer.encode(), 1002);
  closes(ClientFrame{2, "binary"}.encode(), 1003);
}

TEST_CASE("ws conformance 6: bad UTF-8 closes at once, even inside a frame that never ends", "[ws]") {
  closes(ClientFrame{1, "\xED\xA0\x80"}.encode(), 1007);
  closes(ClientFrame{1, "\xC0\xAF"}.encode(), 1007);
  closes(ClientFrame{1, "\xE2\x82"}.encode(), 1007);
  closes(join({{1, "\xE2", false}, {0, "\x28\xA1", false}}), 1007);
  const std::string unfinished = ClientFrame{1, "{\"\xF4\x90" + std::string(20'000, 'x')}.encode();
  closes(unfinished.substr(0, 30), 1007);
}

TEST_CASE("ws conformance 7: close", "[ws]") {
  closes(ClientFrame{8, ""}.encode(), 1005);
  closes(ClientFrame{8, "x"}.encode(), 1002);
  closes(join({{8, close_payload(1000, "bye")}, {1, ping_text}, {9, "ignored"}}), 1000);
  for (const int code : {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999}) {
    closes(ClientFrame{8, close_payload(code)}.encode(), code);
  }
  for (const int code : {0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999, 5000, 65535}) {
    closes(ClientFrame{8, close_payload(code)}.encode(), 1002);
  }
  closes(ClientFrame{8, close_payload(1000, "\xFF")}.encode(), 1007);
  closes(ClientFrame{8, close_payload(1000, std::string(124, 'r'))}.encode(), 1002);
}

TEST_CASE("ws conformance 9, 10: big messages and many", "[ws]") {
  closes(ClientFrame{1, std::string(70'000, 'x')}.encode().substr(0, 14), 1009);
  std::vector<ClientFrame> parts;
  for (int i = 0; i < 8; ++i)
    parts.push_back({static_cast<std::uint8_t>(i == 0 ? 1 : 0), std::string(10'000, 'x'), false});
  closes(join(parts), 1009);
  const auto client = server().join(1);
  std::string many;
  for (int i = 0; i < 1000; ++i) many += ClientFrame{1, ping_text}.encode();
  send_cut(*client, many, 1300);
  for (int i = 0; i < 1000; ++i) REQUIRE(client->expect("pong")["id"] == "p");
}

TEST_CASE("ws conformance: a client that just goes away", "[ws]") {
  for (int i = 0; i < 20; ++i) {
    const auto client = server().join(1);
    client->send(std::string_view("\x81\xFE\x10", 3));
  }
  CHECK(server().join(2)->ask("ping", json::object(), "pong").contains("server_time"));
}

}  // namespace netherlink::test
