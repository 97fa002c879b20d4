#include "mail/smtp/header.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

namespace netherlink::mail {
namespace {

constexpr std::string_view word_begin = "=?UTF-8?Q?", word_end = "?=", fold = "\r\n ";
constexpr std::size_t word_chars = 75;  // RFC 2047 section 2

bool is_letter_or_digit(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_plain(std::string_view text) {
  // What looks like an encoded word would be read as one.
  return text.find("=?") == text.npos && std::ranges::all_of(text, [](char c) { return c >= ' ' && c < '\x7f'; });
}

std::string quoted(std::string_view character) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  if (character.size() == 1 && is_letter_or_digit(character.front())) return std::string(character);
  if (character == " ") return "_";
  std::string out;
  for (const char c : character) {
    const auto byte = static_cast<unsigned char>(c);
    out.push_back('=');
    out.push_back(digits[byte >> 4U]);
    out.push_back(digits[byte & 15U]);
  }
  return out;
}

std::size_t length_of_first(std::string_view text) {
  std::size_t length = 1;
  while (length < text.size() && (static_cast<unsigned char>(text[length]) & 0xC0U) == 0x80U) ++length;
  return length;
}

/// A word ends between characters (RFC 2047 section 5).
std::string encoded(std::string_view text) {
  std::string out(word_begin);
  std::size_t room = word_chars - word_begin.size() - word_end.size();
  while (!text.empty()) {
    const auto length = length_of_first(text);
    const auto character = quoted(text.substr(0, length));
    text.remove_prefix(length);
    if (character.size() > room) {
      out.append(word_end).append(fold).append(word_begin);
      room = word_chars - word_begin.size() - word_end.size();
    }
    out.append(character);
    room -= std::min(room, character.size());
  }
  return out.append(word_end);
}

std::string named(std::string_view name) {
  return std::string(name).append(": ");
}

}  // namespace

std::string header(std::string_view name, std::string_view value) {
  return named(name).append(is_plain(value) ? std::string(value) : encoded(value));
}

std::string from_header(std::string_view name, std::string_view address) {
  auto line = named("From");
  if (!name.empty()) {
    const bool atoms = std::ranges::all_of(name, [](char c) { return is_letter_or_digit(c) || c == ' '; });
    line.append(atoms ? std::string(name) : encoded(name)).append(" ");
  }
  return line.append("<").append(address).append(">");
}

std::string date_header(core::Timestamp now) {
  constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto seconds = static_cast<std::time_t>(now / 1000);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "Date: %s, %02d %s %d %02d:%02d:%02d +0000",
                days[static_cast<std::size_t>(parts.tm_wday)], parts.tm_mday,
                months[static_cast<std::size_t>(parts.tm_mon)], parts.tm_year + 1900, parts.tm_hour, parts.tm_min,
                parts.tm_sec);
  return text.data();
}

}  // namespace netherlink::mail
