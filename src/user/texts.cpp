#include "netherlink/user/texts.hpp"

#include <algorithm>

#include "user/unicode.hpp"

namespace netherlink::user {
namespace {

constexpr std::size_t url_bytes = 2048;

bool is_url_byte(char c) {
  return c > ' ' && c < '\x7f' && std::string_view("\"<>\\^`{|}").find(c) == std::string_view::npos;
}

bool is_web_url(std::string_view url) {
  const std::size_t colon = url.find("://");
  if (colon == url.npos) return false;
  const std::string_view scheme = url.substr(0, colon);
  if (scheme != "http" && scheme != "https") return false;
  const std::string_view rest = url.substr(colon + 3);
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  const std::string_view host = authority.substr(0, authority.find(':'));
  return !host.empty() && authority.find('@') == authority.npos && std::ranges::all_of(url, is_url_byte);
}

}  // namespace

std::optional<std::string> title_problem(std::string_view text) {
  const auto points = decode_utf8(text);
  if (!points || std::ranges::any_of(*points, [](char32_t c) { return is_control(c) || is_direction_control(c); })) {
    return "must not hold control characters";
  }
  if (!points->empty() && (is_space(points->front()) || is_space(points->back()))) {
    return "must not begin or end with a space";
  }
  if (std::ranges::all_of(*points, [](char32_t c) { return is_space(c) || is_invisible(c); })) {
    return "must have something to see";
  }
  return std::nullopt;
}

std::optional<std::string> prose_problem(std::string_view text) {
  const auto points = decode_utf8(text);
  const auto refused = [](char32_t c) { return is_control(c) && c != U'\n' && c != U'\r' && c != U'\t'; };
  if (!points || std::ranges::any_of(*points, refused)) return "must not hold control characters";
  return std::nullopt;
}

std::optional<std::string> web_url_problem(std::string_view url) {
  if (url.empty()) return std::nullopt;
  if (url.size() > url_bytes) return "must have at most 2048 bytes";
  if (!is_web_url(url)) return "must be an http or https URL";
  return std::nullopt;
}

}  // namespace netherlink::user
