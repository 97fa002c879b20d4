#include "netherlink/user/service.hpp"
#include "user/timezones.hpp"

namespace netherlink::user {
namespace {

constexpr int minutes_of_day = 24 * 60;

void check(const Preferences::DoNotDisturb& dnd, std::vector<core::FieldError>& problems) {
  const auto is_time = [](int minutes) { return minutes >= 0 && minutes < minutes_of_day; };
  if (!is_time(dnd.from)) problems.push_back({"dnd.from", "must be a time of day, HH:MM"});
  if (!is_time(dnd.to)) problems.push_back({"dnd.to", "must be a time of day, HH:MM"});
  if (dnd.from == dnd.to && is_time(dnd.from)) problems.push_back({"dnd.to", "must differ from dnd.from"});
  if (!is_timezone(dnd.timezone)) problems.push_back({"dnd.timezone", "must be the name of an IANA time zone"});
}

}  // namespace

core::result<Preferences> PreferenceService::change(UserId id, const PreferenceChange& change) {
  std::vector<core::FieldError> problems;
  if (change.dnd && *change.dnd) check(**change.dnd, problems);
  if (!problems.empty()) return core::Error(errors::request_invalid, std::move(problems));
  auto changed = preferences_.change(id, change);
  if (!changed) return changed.error();
  if (changed->before != changed->after) events_.preferences_changed(id, changed->before, changed->after);
  return std::move(changed->after);
}

}  // namespace netherlink::user
