// GET, PATCH /users/me/preferences.
#include <algorithm>
#include <array>

#include "gateway/api/account_calls.hpp"
#include "gateway/encode.hpp"
#include "gateway/json_input.hpp"

namespace netherlink::gateway::accounts {
namespace {

using user::Preferences;

Response answer(const core::result<Preferences>& preferences) {
  if (!preferences) {
    const auto error = preferences.error();
    return Response::problem(error.is(errors::user_not_found) ? errors::auth_session_revoked : error);
  }
  std::string body;
  core::JsonWriter out(body);
  write_preferences(out, *preferences);
  return Response::json(200, std::move(body));
}

/// One of `names`, as its position.
template <std::size_t count>
std::optional<std::size_t> read_choice(JsonInput& input, std::string_view name,
                                       const std::array<std::string_view, count>& names) {
  const auto text = input.optional_string(name);
  if (!text) return std::nullopt;
  const auto found = std::ranges::find(names, *text);
  if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
  std::string all;
  for (const auto choice : names) all += (all.empty() ? "" : ", ") + std::string(choice);
  input.fail(name, "must be one of " + all);
  return std::nullopt;
}

/// HH:MM as minutes; what is no such text is no time of day either, and PreferenceService says so.
int minutes(const std::string& text) {
  constexpr int none = -1;
  if (text.size() != 5 || text[2] != ':') return none;
  for (const std::size_t at : {0U, 1U, 3U, 4U}) {
    if (text[at] < '0' || text[at] > '9') return none;
  }
  const int hour = (text[0] - '0') * 10 + text[1] - '0', minute = (text[3] - '0') * 10 + text[4] - '0';
  return minute < 60 ? hour * 60 + minute : none;
}

/// null: none any more.
std::optional<std::optional<Preferences::DoNotDisturb>> read_dnd(JsonInput& input) {
  const auto* object = input.optional_object("dnd");
  if (input.is_null("dnd")) return std::optional<Preferences::DoNotDisturb>();
  if (object == nullptr) return std::nullopt;
  JsonInput nested(*object, JsonInput::Unknown::refuse, input.path_of("dnd"));
  Preferences::DoNotDisturb dnd{.from = minutes(nested.string("from")),
                                .to = minutes(nested.string("to")),
                                .timezone = nested.string("timezone")};
  input.merge(std::move(nested));
  return dnd;
}

}  // namespace

Response preferences(const AccountHandlers& api, const Request& request) {
  return answer(api.preferences.get(request.principal->user_id));
}

Response change_preferences(const AccountHandlers& api, const Request& request) {
  const auto object = parse_json_object(request.body, api.config.http.json_depth);
  if (!object) return Response::problem(object.error());
  JsonInput input(*object, JsonInput::Unknown::refuse);
  user::PreferenceChange change;
  if (const auto choice =
          read_choice(input, "notifications", std::to_array<std::string_view>({"all", "mentions", "none"}))) {
    change.notifications = static_cast<Preferences::Notifications>(*choice);
  }
  change.dnd = read_dnd(input);
  change.show_presence = input.optional_boolean("show_presence");
  if (const auto choice =
          read_choice(input, "direct_messages_from", std::to_array<std::string_view>({"everyone", "friends"}))) {
    change.friends_only = *choice == 1;
  }
  if (auto read = input.finish(); !read) return Response::problem(read.error());
  return answer(api.preferences.change(request.principal->user_id, change));
}

}  // namespace netherlink::gateway::accounts
