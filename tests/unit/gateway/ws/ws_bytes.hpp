#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace netherlink::test {

/// A client's frame, byte by byte as a test wants it.
struct ClientFrame {
  std::uint8_t opcode = 1;
  std::string payload = {};
  bool fin = true, masked = true;
  std::uint8_t reserved = 0;
  std::array<unsigned char, 4> mask{0x37, 0xfa, 0x21, 0x3d};  // of the RFC's example
  int length_bytes = -1;                                      // 0, 2 or 8: this form of the length, however short

  std::string encode() const {
    std::string out;
    out.push_back(static_cast<char>((fin ? 0x80 : 0) | (reserved << 4) | opcode));
    const int form = length_bytes >= 0 ? length_bytes : payload.size() < 126 ? 0 : payload.size() < 65536 ? 2 : 8;
    const int mask_bit = masked ? 0x80 : 0;
    if (form == 0) {
      out.push_back(static_cast<char>(mask_bit | static_cast<int>(payload.size())));
    } else {
      out.push_back(static_cast<char>(mask_bit | (form == 2 ? 126 : 127)));
      for (int shift = (form - 1) * 8; shift >= 0; shift -= 8) {
        out.push_back(static_cast<char>(static_cast<std::uint64_t>(payload.size()) >> shift));
      }
    }
    if (!masked) return out + payload;
    for (const auto byte : mask) out.push_back(static_cast<char>(byte));
    for (std::size_t i = 0; i < payload.size(); ++i) {
      out.push_back(static_cast<char>(static_cast<unsigned char>(payload[i]) ^ mask[i % 4]));
    }
    return out;
  }
};

inline std::string close_payload(int code, std::string_view reason = {}) {
  std::string payload{static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)};
  return payload.append(reason);
}

}  // namespace netherlink::test
