#include "user/profile_rules.hpp"

#include <algorithm>
#include <string_view>

#include "netherlink/core/utf8.hpp"
#include "netherlink/user/texts.hpp"
#include "user/unicode.hpp"

namespace netherlink::user {
namespace {

using Problems = std::vector<core::FieldError>;

constexpr std::size_t nickname_points = 64, bio_points = 500;
constexpr std::size_t device_text_bytes = 128, platform_bytes = 32;

void add(const char* field, std::optional<std::string> problem, Problems& problems) {
  if (problem) problems.push_back({field, std::move(*problem)});
}

bool has_points(const std::string& text, std::size_t min, std::size_t max) {
  if (!core::is_valid_utf8(text)) return false;
  const auto points = core::count_code_points(text);
  return points >= min && points <= max;
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
  if (!has_points(nickname, 1, nickname_points)) {
    problems.push_back({"nickname", "must have 1 to 64 characters"});
  } else {
    add("nickname", title_problem(nickname), problems);
  }
}

void check_avatar_url(const std::string& url, Problems& problems) {
  add("avatar_url", web_url_problem(url), problems);
}

void check_bio(const std::string& bio, Problems& problems) {
  if (!has_points(bio, 0, bio_points)) {
    problems.push_back({"bio", "must have at most 500 characters"});
  } else {
    add("bio", prose_problem(bio), problems);
  }
}

void check_device(const Device& device, Problems& problems) {
  check_device_text("device.id", device.id, device_text_bytes, problems);
  check_device_text("device.name", device.name, device_text_bytes, problems);
  check_device_text("device.platform", device.platform, platform_bytes, problems);
}

}  // namespace netherlink::user
