#include "netherlink/core/json_writer.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstring>

namespace netherlink::core {
namespace {

constexpr std::string_view hex = "0123456789abcdef";

/// For each byte: 0 stands for itself, 'u' is written as \u00XX, anything else is the letter after the backslash.
constexpr std::array<char, 256> escapes = [] {
  std::array<char, 256> table{};
  for (std::size_t c = 0; c < 0x20; ++c) table[c] = 'u';
  table['\b'] = 'b';
  table['\f'] = 'f';
  table['\n'] = 'n';
  table['\r'] = 'r';
  table['\t'] = 't';
  table['"'] = '"';
  table['\\'] = '\\';
  return table;
}();

/// True when none of eight bytes needs an escape (may err towards false).
bool all_plain(const char* at) {
  constexpr std::uint64_t ones = 0x0101010101010101, highs = 0x8080808080808080;
  std::uint64_t word = 0;
  std::memcpy(&word, at, sizeof word);
  const std::uint64_t quote = word ^ (ones * '"'), backslash = word ^ (ones * '\\');
  const std::uint64_t special = (word - ones * 0x20) & ~word;
  return (((special) | ((quote - ones) & ~quote) | ((backslash - ones) & ~backslash)) & highs) == 0;
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out.push_back('"');
  const char* at = text.data();
  const char* const end = at + text.size();
  const char* plain = at;  // what is not written yet
  while (at != end) {
    if (end - at >= 8 && all_plain(at)) {
      at += 8;
      continue;
    }
    const auto byte = static_cast<unsigned char>(*at++);
    const char letter = escapes[byte];
    if (letter == 0) continue;
    out.append(plain, static_cast<std::size_t>(at - 1 - plain));
    plain = at;
    if (letter != 'u') {
      const std::array<char, 2> escaped{'\\', letter};
      out.append(escaped.data(), escaped.size());
    } else {
      const std::array<char, 6> escaped{'\\', 'u', '0', '0', hex[byte >> 4], hex[byte & 15]};
      out.append(escaped.data(), escaped.size());
    }
  }
  out.append(plain, static_cast<std::size_t>(end - plain));
  out.push_back('"');
}

void JsonWriter::separate() {
  if (comma_) out_.push_back(',');
  comma_ = true;
}

JsonWriter& JsonWriter::open(char c) {
  separate();
  out_.push_back(c);
  comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::close(char c) {
  out_.push_back(c);
  comma_ = true;
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  separate();
  append_json_string(out_, name);
  out_.push_back(':');
  comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::value(std::string_view text) {
  separate();
  append_json_string(out_, text);
  return *this;
}

JsonWriter& JsonWriter::value(bool flag) {
  return raw(flag ? "true" : "false");
}

JsonWriter& JsonWriter::value(double number) {
  if (!std::isfinite(number)) return null();
  std::array<char, 32> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
  return raw({text.data(), static_cast<std::size_t>(end - text.data())});
}

JsonWriter& JsonWriter::null() {
  return raw("null");
}

JsonWriter& JsonWriter::integer(std::int64_t number) {
  std::array<char, 20> text;
  const auto end = std::to_chars(text.data(), text.data() + text.size(), number).ptr;
  return raw({text.data(), static_cast<std::size_t>(end - text.data())});
}

JsonWriter& JsonWriter::id(std::int64_t number) {
  std::array<char, 22> text;
  text[0] = '"';
  char* const end = std::to_chars(text.data() + 1, text.data() + text.size() - 1, number).ptr;
  *end = '"';
  return raw({text.data(), static_cast<std::size_t>(end + 1 - text.data())});
}

JsonWriter& JsonWriter::timestamp(Timestamp time) {
  separate();
  out_.push_back('"');
  append_timestamp(out_, time);
  out_.push_back('"');
  return *this;
}

JsonWriter& JsonWriter::raw(std::string_view json) {
  separate();
  out_.append(json);
  return *this;
}

}  // namespace netherlink::core
