#include "mail/codes.hpp"

#include "netherlink/crypto/encoding.hpp"

namespace netherlink::mail {
namespace {

constexpr std::string_view digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t code_chars = 24, selector_chars = 8, group_chars = 4, most_bytes = 128;

char upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

/// 0: it stands for nothing.
char digit_of(char c) {
  c = upper(c);
  if (c == 'O') return '0';
  if (c == 'I' || c == 'L') return '1';
  return digits.find(c) == digits.npos ? '\0' : c;
}

}  // namespace

std::string make_code(std::string_view key, std::int64_t letter) {
  std::string what("mail code ");
  what.append(std::to_string(letter));
  const std::string mac = crypto::hmac_sha256(key, what);
  std::string code;
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const char c : mac) {
    bits = (bits << 8U) | static_cast<unsigned char>(c);
    for (held += 8; held >= 5 && code.size() < code_chars; held -= 5)
      code.push_back(digits[(bits >> (held - 5)) & 31U]);
    if (code.size() == code_chars) break;
  }
  return code;
}

std::string grouped(std::string_view code) {
  std::string text;
  for (std::size_t i = 0; i < code.size(); ++i) {
    if (i > 0 && i % group_chars == 0) text.push_back('-');
    text.push_back(code[i]);
  }
  return text;
}

std::optional<Code> read_code(std::string_view text, Topic topic) {
  if (text.size() > most_bytes) return std::nullopt;
  std::string code;
  for (const char c : text) {
    if (c == ' ' || c == '-') continue;
    const char digit = digit_of(c);
    if (digit == '\0') return std::nullopt;
    code.push_back(digit);
  }
  if (code.size() != code_chars) return std::nullopt;
  Code found;
  found.selector = code.substr(0, selector_chars);
  found.hash = crypto::to_hex(crypto::sha256(code));
  found.topic = topic;
  return found;
}

}  // namespace netherlink::mail
