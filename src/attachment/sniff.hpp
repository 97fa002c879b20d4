#pragma once

#include <string>
#include <string_view>

namespace netherlink::attachment {

/// How much of the beginning sniff() wants to see.
constexpr std::size_t sniffed_bytes = 4096;

/// The type of content by its first bytes; its name says nothing. application/octet-stream: unknown. `head` is the
/// whole content when it is shorter than sniffed_bytes.
std::string sniff(std::string_view head);

/// Whether `type` is meant by one of `patterns`: image/png, image/*.
template <class Patterns>
bool matches_any(const Patterns& patterns, std::string_view type) {
  for (const std::string_view pattern : patterns) {
    const bool family = pattern.ends_with("/*");
    if (family ? type.starts_with(pattern.substr(0, pattern.size() - 1)) : type == pattern) return true;
  }
  return false;
}

}  // namespace netherlink::attachment
