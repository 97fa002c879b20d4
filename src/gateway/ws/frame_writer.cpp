#include <algorithm>

#include "gateway/ws/frame_codec.hpp"

namespace netherlink::gateway::ws {
namespace {

constexpr std::size_t reserved_header = 4;  // of frames up to 64 KiB: nearly all
constexpr std::size_t max_close_reason = 123;

std::size_t header_size(std::size_t payload) {
  return payload < 126 ? 2 : payload < 65536 ? 4 : 10;
}

void put_header(char* at, Opcode opcode, std::size_t payload) {
  at[0] = static_cast<char>(0x80U | static_cast<unsigned>(opcode));
  const std::size_t size = header_size(payload);
  if (size == 2) {
    at[1] = static_cast<char>(payload);
    return;
  }
  at[1] = static_cast<char>(size == 4 ? 126 : 127);
  for (std::size_t i = size - 1; i >= 2; --i) {
    at[i] = static_cast<char>(payload & 0xFF);
    payload >>= 8;
  }
}

}  // namespace

void append_frame(std::string& out, Opcode opcode, std::string_view payload) {
  const std::size_t start = out.size();
  out.append(header_size(payload.size()), '\0');
  put_header(out.data() + start, opcode, payload.size());
  out.append(payload);
}

void append_close_frame(std::string& out, std::uint16_t code, std::string_view reason) {
  std::string payload;
  if (code != 0) {
    payload = {static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)};
    payload.append(reason.substr(0, max_close_reason));
  }
  append_frame(out, Opcode::close, payload);
}

std::size_t begin_frame(std::string& out) {
  const std::size_t start = out.size();
  out.append(reserved_header, '\0');
  return start;
}

void end_frame(std::string& out, std::size_t start, Opcode opcode) {
  const std::size_t payload = out.size() - start - reserved_header;
  const std::size_t header = header_size(payload);
  if (header < reserved_header) {
    out.erase(start, reserved_header - header);
  } else if (header > reserved_header) {
    out.insert(start, header - reserved_header, '\0');
  }
  put_header(out.data() + start, opcode, payload);
}

SentFrame first_frame(std::string_view frames) {
  const auto byte = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(frames[i])); };
  const auto opcode = static_cast<Opcode>(byte(0) & 0xF);
  const std::size_t length = byte(1);
  if (length < 126) return {opcode, frames.substr(2, length)};
  const std::size_t end = length == 126 ? 4 : 10;
  std::size_t payload = 0;
  for (std::size_t i = 2; i < end; ++i) payload = payload << 8 | byte(i);
  return {opcode, frames.substr(end, payload)};
}

std::size_t frame_size(std::string_view frames) {
  const std::size_t payload = first_frame(frames).payload.size();
  return header_size(payload) + payload;
}

}  // namespace netherlink::gateway::ws
