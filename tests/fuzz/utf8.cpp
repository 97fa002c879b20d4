// libFuzzer: the validator says the same of a text whole, byte by byte and cut anywhere, and agrees with a decoder
// written straight from RFC 3629.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "netherlink/core/utf8.hpp"

namespace {

/// Bytes of the character at the front, 0 when it is none. Table 3-7 of the Unicode standard.
std::size_t character_length(std::string_view text) {
  const auto byte = [text](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto follows = [&](std::size_t i, unsigned low = 0x80, unsigned high = 0xBF) {
    return byte(i) >= low && byte(i) <= high;
  };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const unsigned low = first == 0xE0 ? 0xA0 : 0x80;
    const unsigned high = first == 0xED ? 0x9F : 0xBF;
    return follows(1, low, high) && follows(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const unsigned low = first == 0xF0 ? 0x90 : 0x80;
    const unsigned high = first == 0xF4 ? 0x8F : 0xBF;
    return follows(1, low, high) && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace netherlink::core;
  const std::string_view text(reinterpret_cast<const char*>(data), size);

  std::size_t position = 0, characters = 0;
  while (position < size) {
    const std::size_t length = character_length(text.substr(position));
    if (length == 0) break;
    position += length;
    ++characters;
  }
  const bool expected = position == size;
  if (is_valid_utf8(text) != expected) std::abort();
  if (expected && count_code_points(text) != characters) std::abort();

  Utf8Validator single;
  bool accepted = true;
  for (const char& c : text) accepted = single.feed(std::string_view(&c, 1));
  if ((accepted && single.complete()) != expected) std::abort();

  const std::size_t cut = size == 0 ? 0 : data[0] % (size + 1);
  Utf8Validator pieces;
  accepted = pieces.feed(text.substr(0, cut));
  accepted = pieces.feed(text.substr(cut)) && accepted;
  if ((accepted && pieces.complete()) != expected) std::abort();
  return 0;
}
