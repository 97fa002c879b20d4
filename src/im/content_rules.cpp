#include "im/content_rules.hpp"

#include <algorithm>

namespace netherlink::im {
namespace {

bool is_base64_character(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
}

/// Standard alphabet with padding (RFC 4648 section 4), not empty.
bool is_base64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0) return false;
  const auto body = text.substr(0, text.find('='));
  const auto padding = text.size() - body.size();
  return padding <= 2 && std::all_of(body.begin(), body.end(), is_base64_character) &&
         std::all_of(text.end() - static_cast<std::ptrdiff_t>(padding), text.end(), [](char c) { return c == '='; });
}

}  // namespace

void check_content(MessageKind kind, std::string_view content, std::string_view extra,
                   std::vector<core::FieldError>& problems) {
  // Terminals, C libraries and log viewers of clients cut a text at NUL: what the sender saw is not what others see.
  if (content.find('\0') != std::string_view::npos) problems.push_back({"content", "must not contain U+0000"});
  switch (kind) {
    case MessageKind::system:
      problems.push_back({"kind", "system messages are the server's alone"});
      break;
    case MessageKind::custom:
      if (extra.empty()) problems.push_back({"extra", "a custom message needs an object"});
      break;
    case MessageKind::encrypted:
      if (!is_base64(content)) problems.push_back({"content", "must be base64"});
      break;
    case MessageKind::image:
    case MessageKind::file:
      if (content.empty() && extra.empty()) problems.push_back({"content", "must not be empty"});
      break;
    case MessageKind::text:
    case MessageKind::emoji:
      if (content.empty()) problems.push_back({"content", "must not be empty"});
      break;
  }
}

}  // namespace netherlink::im
