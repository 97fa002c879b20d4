#include "user/password_policy.hpp"

#include <algorithm>

#include "user/unicode.hpp"

namespace netherlink::user {

std::optional<std::string> prepare_password(std::string_view password) {
  if (password.size() > password_max_bytes) return std::nullopt;
  const auto points = decode_utf8(password);
  if (!points || std::ranges::any_of(*points, is_control)) return std::nullopt;
  std::string spaced;
  spaced.reserve(password.size());
  std::size_t begin = 0;
  for (const char32_t c : *points) {
    const std::size_t bytes = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    spaced += is_space(c) ? std::string_view(" ") : password.substr(begin, bytes);
    begin += bytes;
  }
  return nfc(spaced);
}

std::optional<std::string> password_weakness(std::string_view password, std::size_t min_bytes,
                                             std::string_view name_key, std::string_view email_key) {
  if (password.size() > password_max_bytes) return "must have at most " + std::to_string(password_max_bytes) + " bytes";
  const auto prepared = prepare_password(password);
  if (!prepared) return "must not hold control characters";
  if (prepared->size() < min_bytes || prepared->empty())
    return "must have at least " + std::to_string(min_bytes) + " bytes";
  const auto points = decode_utf8(*prepared);
  if (std::ranges::all_of(*points, [&](char32_t c) { return c == points->front(); })) {
    return "must not repeat one character";
  }
  const std::string folded = nfkc_case_fold(*prepared);
  if (folded == name_key || folded == email_key) return "must not be the user name or e-mail address";
  if (is_common_password(folded)) return "is one of the most common passwords";
  return std::nullopt;
}

}  // namespace netherlink::user
