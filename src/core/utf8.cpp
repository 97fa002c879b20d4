#include "netherlink/core/utf8.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace netherlink::core {
namespace {

/// A state names what may come next: how many continuation bytes, and the range of the first of them (only that one
/// is ever narrower than 80..BF). 0: the beginning of a character.
constexpr std::uint32_t expect(std::uint32_t count, std::uint32_t low = 0x80, std::uint32_t high = 0xBF) {
  return count << 16 | low << 8 | high;
}
constexpr std::uint32_t rejected = 0xFFFFFFFF;

/// The state after the first byte of a character (RFC 3629, section 4).
constexpr std::array<std::uint32_t, 256> after_lead = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::size_t b = 0x80; b <= 0xFF; ++b) table[b] = rejected;
  for (std::size_t b = 0xC2; b <= 0xDF; ++b) table[b] = expect(1);
  for (std::size_t b = 0xE1; b <= 0xEF; ++b) table[b] = expect(2);
  for (std::size_t b = 0xF1; b <= 0xF3; ++b) table[b] = expect(3);
  table[0xE0] = expect(2, 0xA0, 0xBF);  // not overlong
  table[0xED] = expect(2, 0x80, 0x9F);  // no surrogate
  table[0xF0] = expect(3, 0x90, 0xBF);  // not overlong
  table[0xF4] = expect(3, 0x80, 0x8F);  // at most U+10FFFF
  return table;
}();

std::uint32_t after_continuation(std::uint32_t state, std::uint32_t byte) {
  if (byte < (state >> 8 & 0xFF) || byte > (state & 0xFF)) return rejected;
  const std::uint32_t left = (state >> 16) - 1;
  return left == 0 ? 0 : expect(left);
}

bool eight_ascii(const char* at) {
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  return (word & 0x8080808080808080) == 0;
}

}  // namespace

bool Utf8Validator::feed(std::string_view bytes) {
  if (state_ == rejected) return false;
  std::uint32_t state = state_;
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  while (at != end) {
    if (state == 0) {
      while (end - at >= 8 && eight_ascii(at)) at += 8;
      if (at == end) break;
      state = after_lead[static_cast<unsigned char>(*at)];
    } else {
      state = after_continuation(state, static_cast<unsigned char>(*at));
    }
    if (state == rejected) break;
    ++at;
  }
  state_ = state;
  return state != rejected;
}

bool is_valid_utf8(std::string_view text) {
  Utf8Validator validator;
  return validator.feed(text) && validator.complete();
}

std::size_t count_code_points(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string_view first_code_points(std::string_view text, std::size_t count) {
  std::size_t points = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool begins = (static_cast<unsigned char>(text[i]) & 0xC0) != 0x80;
    if (begins && points++ == count) return text.substr(0, i);
  }
  return text;
}

}  // namespace netherlink::core
