#include "bench/client/ws_frame.hpp"

#include <cstring>

namespace netherlink::bench {

namespace {

void append_head(std::string& out, Opcode opcode, std::size_t length, std::uint8_t mask_bit) {
  const auto put = [&](std::uint64_t value) { out.push_back(static_cast<char>(value & 0xff)); };
  put(0x80U | static_cast<std::uint8_t>(opcode));
  if (length < 126) {
    put(mask_bit | length);
    return;
  }
  const int bytes = length <= 0xffff ? 2 : 8;
  put(mask_bit | (bytes == 2 ? 126U : 127U));
  for (int shift = 8 * (bytes - 1); shift >= 0; shift -= 8) put(length >> shift);
}

}  // namespace

void append_client_frame(std::string& out, Opcode opcode, std::string_view payload, std::uint32_t mask) {
  append_head(out, opcode, payload.size(), 0x80);
  char key[8];
  std::memcpy(key, &mask, 4);
  std::memcpy(key + 4, &mask, 4);
  out.append(key, 4);
  const std::size_t begin = out.size();
  out.append(payload);
  char* data = out.data() + begin;
  std::uint64_t wide = 0;
  std::memcpy(&wide, key, 8);
  std::size_t i = 0;
  for (; i + 8 <= payload.size(); i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, data + i, 8);
    word ^= wide;
    std::memcpy(data + i, &word, 8);
  }
  for (; i < payload.size(); ++i) data[i] = static_cast<char>(data[i] ^ key[i % 4]);
}

void append_server_frame(std::string& out, Opcode opcode, std::string_view payload) {
  append_head(out, opcode, payload.size(), 0);
  out.append(payload);
}

}  // namespace netherlink::bench
