#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace netherlink::store::sql {

/// x'6869': bytes, in every engine.
inline void append_literal(std::string& out, std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  out += "x'";
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  out += '\'';
}

/// "(conversation,token,message_id)", a row of search_tokens.
inline void append_token_row(std::string& out, std::int64_t conversation, std::string_view token,
                             std::int64_t message_id) {
  out += '(';
  out += std::to_string(conversation);
  out += ',';
  append_literal(out, token);
  out += ',';
  out += std::to_string(message_id);
  out += ')';
}

}  // namespace netherlink::store::sql
