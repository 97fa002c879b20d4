#include "log/mask.hpp"

#include <algorithm>
#include <array>

#include "netherlink/core/json_writer.hpp"
#include "netherlink/core/utf8.hpp"

namespace netherlink::log {
namespace {

constexpr std::array<std::string_view, 6> secret_anywhere = {"password", "passwd",        "passphrase",
                                                             "secret",   "authorization", "credential"};
constexpr std::array<std::string_view, 12> secret_words = {"token",  "tokens",  "key",  "keys", "cookie", "jwt",
                                                           "bearer", "content", "text", "body", "extra",  "pwd"};
constexpr std::array<std::string_view, 11> harmless_endings = {"bytes", "length", "count", "size",    "type", "file",
                                                               "id",    "ms",     "limit", "seconds", "cost"};

bool contains(const auto& list, std::string_view word) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

bool is_control_after_c2(char c) {
  return static_cast<unsigned char>(c) < 0xA0;
}

}  // namespace

bool is_secret(std::string_view name) {
  std::string lowered(name);
  std::transform(lowered.begin(), lowered.end(), lowered.begin(), lower);
  bool found = std::any_of(secret_anywhere.begin(), secret_anywhere.end(),
                           [&](std::string_view part) { return lowered.find(part) != std::string::npos; });
  std::string_view last;
  for (std::size_t begin = 0; begin < lowered.size();) {
    std::size_t end = begin;
    while (end < lowered.size() && is_word_character(lowered[end])) ++end;
    if (end > begin) last = std::string_view(lowered).substr(begin, end - begin);
    found = found || contains(secret_words, last);
    begin = end + 1;
  }
  return found && !contains(harmless_endings, last);
}

std::string printable(std::string_view text) {
  std::string out(text);
  const bool valid = core::is_valid_utf8(text);
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto byte = static_cast<unsigned char>(out[i]);
    if (byte == 0x7F || (!valid && byte >= 0x80)) {
      out[i] = '?';
    } else if (byte == 0xC2 && is_control_after_c2(out[i + 1])) {
      out.replace(i, 2, "?");
    }
  }
  return out;
}

void append_text(std::string& out, std::string_view text) {
  const bool plain = !text.empty() && std::none_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == '"' || c == '=' || c == '\\';
  });
  if (plain) {
    out.append(printable(text));
  } else {
    core::append_json_string(out, printable(text));
  }
}

}  // namespace netherlink::log
