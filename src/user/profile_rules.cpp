#include "user/profile_rules.hpp"

#include <algorithm>
#include <string_view>

#include "user/unicode.hpp"

namespace netherlink::user {
namespace {

using Problems = std::vector<core::FieldError>;

constexpr std::size_t nickname_points = 64, bio_points = 500, url_bytes = 2048;
constexpr std::size_t device_text_bytes = 128, platform_bytes = 32;

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

void check_device_text(const char* field, const std::string& text, std::size_t max_bytes, Problems& problems) {
  if (text.size() > max_bytes) {
    problems.push_back({field, "must have at most " + std::to_string(max_bytes) + " bytes"});
    return;
  }
  const auto points = decode_utf8(text);
  if (!points || std::ranges::any_of(*points, is_control))
    problems.push_back({field, "must not hold control characters"});
}

}  // namespace

void check_nickname(const std::string& nickname, Problems& problems) {
  const auto fail = [&](const char* message) { problems.push_back({"nickname", message}); };
  const auto points = decode_utf8(nickname);
  if (!points || points->empty() || points->size() > nickname_points) return fail("must have 1 to 64 characters");
  if (std::ranges::any_of(*points, [](char32_t c) { return is_control(c) || is_direction_control(c); })) {
    return fail("must not hold control characters");
  }
  if (is_space(points->front()) || is_space(points->back())) return fail("must not begin or end with a space");
  if (std::ranges::all_of(*points, [](char32_t c) { return is_space(c) || is_invisible(c); })) {
    return fail("must have something to see");
  }
}

void check_avatar_url(const std::string& url, Problems& problems) {
  if (url.empty()) return;
  if (url.size() > url_bytes) {
    problems.push_back({"avatar_url", "must have at most 2048 bytes"});
  } else if (!is_web_url(url)) {
    problems.push_back({"avatar_url", "must be an http or https URL"});
  }
}

void check_bio(const std::string& bio, Problems& problems) {
  const auto points = decode_utf8(bio);
  if (!points || points->size() > bio_points) {
    problems.push_back({"bio", "must have at most 500 characters"});
  } else if (std::ranges::any_of(*points,
                                 [](char32_t c) { return is_control(c) && c != U'\n' && c != U'\r' && c != U'\t'; })) {
    problems.push_back({"bio", "must not hold control characters"});
  }
}

void check_device(const Device& device, Problems& problems) {
  check_device_text("device.id", device.id, device_text_bytes, problems);
  check_device_text("device.name", device.name, device_text_bytes, problems);
  check_device_text("device.platform", device.platform, platform_bytes, problems);
}

}  // namespace netherlink::user
