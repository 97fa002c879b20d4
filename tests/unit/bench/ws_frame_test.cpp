#include "bench/client/ws_frame.hpp"

#include <vector>

#include "support/catch.hpp"

using namespace netherlink::bench;

namespace {

std::string unmask(std::string_view frame, std::size_t head) {
  std::string payload(frame.substr(head + 4));
  for (std::size_t i = 0; i < payload.size(); ++i) payload[i] = static_cast<char>(payload[i] ^ frame[head + i % 4]);
  return payload;
}

}  // namespace

TEST_CASE("a server frame of any length is taken off the front, whole or not at all") {
  for (const std::size_t length : {0U, 1U, 125U, 126U, 65535U, 65536U, 70000U}) {
    const std::string payload(length, 'p');
    std::string bytes;
    append_server_frame(bytes, Opcode::text, payload);
    append_server_frame(bytes, Opcode::ping, "next");
    std::string_view input = bytes;
    FrameView frame;
    REQUIRE(take_frame(input, frame) == FrameStatus::complete);
    CHECK(frame.payload == payload);
    CHECK(frame.opcode == Opcode::text);
    REQUIRE(take_frame(input, frame) == FrameStatus::complete);
    CHECK(frame.opcode == Opcode::ping);
    CHECK(input.empty());
  }
  std::string bytes;
  append_server_frame(bytes, Opcode::text, std::string(300, 'x'));
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    std::string_view input = std::string_view(bytes).substr(0, cut);
    FrameView frame;
    REQUIRE(take_frame(input, frame) == FrameStatus::partial);
    REQUIRE(input.size() == cut);
  }
}

TEST_CASE("a masked or reserved server frame is invalid") {
  FrameView frame;
  std::string_view masked("\x81\x81zzzz.", 7);
  CHECK(take_frame(masked, frame) == FrameStatus::invalid);
  std::string_view reserved("\xc1\x00", 2);
  CHECK(take_frame(reserved, frame) == FrameStatus::invalid);
}

TEST_CASE("a client frame is masked with its key") {
  for (const std::size_t length : {0U, 1U, 7U, 8U, 9U, 125U}) {
    std::string payload;
    for (std::size_t i = 0; i < length; ++i) payload.push_back(static_cast<char>('a' + i % 26));
    std::string bytes;
    append_client_frame(bytes, Opcode::text, payload, 0xdeadbeef);
    REQUIRE(bytes.size() == length + 6);
    CHECK(static_cast<unsigned char>(bytes[1]) == (0x80 | length));
    CHECK(unmask(bytes, 2) == payload);
  }
  std::string longer;
  append_client_frame(longer, Opcode::text, std::string(300, 'x'), 1);
  CHECK(unmask(longer, 4) == std::string(300, 'x'));
}
