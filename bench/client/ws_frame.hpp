#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace netherlink::bench {

enum class Opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

/// One frame as a server sends it (RFC 6455, section 5.2: not masked). `payload` points into the input.
struct FrameView {
  Opcode opcode{};
  bool final = true;
  std::string_view payload;
};

enum class FrameStatus { complete, partial, invalid };

/// Takes one frame off the front of `input`.
inline FrameStatus take_frame(std::string_view& input, FrameView& frame) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(input[i]); };
  if (input.size() < 2) return FrameStatus::partial;
  if ((byte(0) & 0x70) != 0 || (byte(1) & 0x80) != 0) return FrameStatus::invalid;
  std::size_t head = 2;
  std::uint64_t length = byte(1);
  if (length >= 126) {
    const std::size_t bytes = length == 126 ? 2 : 8;
    head += bytes;
    if (input.size() < head) return FrameStatus::partial;
    length = 0;
    for (std::size_t i = 2; i < head; ++i) length = length << 8 | byte(i);
  }
  if (input.size() - head < length) return FrameStatus::partial;
  frame.opcode = static_cast<Opcode>(byte(0) & 0x0f);
  frame.final = (byte(0) & 0x80) != 0;
  frame.payload = input.substr(head, length);
  input.remove_prefix(head + length);
  return FrameStatus::complete;
}

/// Appends a final frame as a client sends it: masked with `mask`.
void append_client_frame(std::string& out, Opcode opcode, std::string_view payload, std::uint32_t mask);

/// Appends a final frame as a server sends it.
void append_server_frame(std::string& out, Opcode opcode, std::string_view payload);

}  // namespace netherlink::bench
