#include "netherlink/user/names.hpp"

#include <algorithm>

#include "user/unicode.hpp"

namespace netherlink::user {
namespace {

constexpr std::size_t name_min = 3, name_max = 32;  // code points
constexpr std::size_t name_bytes = 1024;            // before it is normalised: no name that fits needs more
constexpr std::size_t email_bytes = 254, local_part_bytes = 64, label_bytes = 63;

core::Error bad_username(std::string message) {
  return {errors::request_invalid, std::vector<core::FieldError>{{"username", std::move(message)}}};
}

core::Error bad_email() {
  return {errors::request_invalid, std::vector<core::FieldError>{{"email", "must be an e-mail address"}}};
}

bool may_stand_in_name(char32_t c) {
  return (is_letter_or_digit(c) || is_mark(c) || c == U'_' || c == U'.' || c == U'-') && !is_invisible(c);
}

bool may_stand_in_local_part(char32_t c) {
  return !is_space(c) && !is_control(c) && !is_invisible(c) &&
         std::u32string_view(U"\"(),:;<>@[\\]").find(c) == std::u32string_view::npos;
}

/// Two labels or more, as long as DNS allows at most.
bool is_domain(std::string_view domain) {
  std::size_t labels = 0;
  for (std::size_t begin = 0; begin <= domain.size(); ++labels) {
    const std::size_t end = std::min(domain.find('.', begin), domain.size());
    const std::string_view label = domain.substr(begin, end - begin);
    const auto points = decode_utf8(label);
    if (!points || label.empty() || label.size() > label_bytes || label.front() == '-' || label.back() == '-')
      return false;
    const auto allowed = [](char32_t c) {
      return c == U'-' || is_letter_or_digit(c) || (is_mark(c) && !is_invisible(c));
    };
    if (!std::ranges::all_of(*points, allowed)) return false;
    begin = end + 1;
  }
  return labels >= 2;
}

bool is_local_part(std::string_view part) {
  const auto points = decode_utf8(part);
  return points && !part.empty() && part.size() <= local_part_bytes &&
         std::ranges::all_of(*points, may_stand_in_local_part);
}

}  // namespace

core::result<std::string> username_key(std::string_view username) {
  if (username.size() > name_bytes) return bad_username("must have 3 to 32 characters");
  if (!decode_utf8(username)) return bad_username("must be valid UTF-8");
  const auto points = decode_utf8(nfkc(username));
  if (!std::ranges::all_of(*points, may_stand_in_name)) {
    return bad_username("may hold letters and digits of any script, and _ . -");
  }
  if (points->size() < name_min || points->size() > name_max) return bad_username("must have 3 to 32 characters");
  const auto is_edge = [](char32_t c) { return c == U'.' || c == U'-'; };
  if (is_edge(points->front()) || is_edge(points->back()) || is_mark(points->front())) {
    return bad_username("must not begin or end with . or -, nor begin with a combining mark");
  }
  return nfkc_case_fold(username);
}

std::optional<std::string> name_prefix_key(std::string_view prefix) {
  if (prefix.size() > name_bytes) return std::nullopt;
  const auto points = decode_utf8(prefix);
  if (!points || points->empty()) return std::nullopt;
  std::string key = nfkc_case_fold(prefix);
  const auto normal = decode_utf8(key);
  if (normal->empty() || !std::ranges::all_of(*normal, may_stand_in_name)) return std::nullopt;
  return key;
}

core::result<std::string> email_key(std::string_view email) {
  const std::size_t at = email.find('@');
  if (email.size() > email_bytes || at == email.npos) return bad_email();
  if (!is_local_part(email.substr(0, at)) || !is_domain(email.substr(at + 1))) return bad_email();
  return nfkc_case_fold(email);
}

std::optional<std::string> login_key(std::string_view name_or_email) {
  auto key = name_or_email.find('@') == name_or_email.npos ? username_key(name_or_email) : email_key(name_or_email);
  if (!key) return std::nullopt;
  return std::move(*key);
}

std::string folded(std::string_view text) {
  return nfkc_case_fold(text);
}

}  // namespace netherlink::user
