#include "user/timezones.hpp"

#include <unicode/timezone.h>

#include <algorithm>

namespace netherlink::user {
namespace {

constexpr std::size_t longest_name = 64;

bool may_stand_in_name(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '/' || c == '_' ||
         c == '-' || c == '+';
}

}  // namespace

bool is_timezone(std::string_view name) {
  if (name.empty() || name.size() > longest_name || !std::ranges::all_of(name, may_stand_in_name)) return false;
  UErrorCode status = U_ZERO_ERROR;
  UBool is_system_id = false;
  icu::UnicodeString canonical;
  const auto id = icu::UnicodeString::fromUTF8(icu::StringPiece(name.data(), static_cast<std::int32_t>(name.size())));
  icu::TimeZone::getCanonicalID(id, canonical, is_system_id, status);
  return U_SUCCESS(status) && is_system_id;
}

}  // namespace netherlink::user
