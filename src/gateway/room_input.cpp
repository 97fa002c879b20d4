#include "gateway/room_input.hpp"

#include "netherlink/user/names.hpp"

namespace netherlink::gateway {
namespace {

constexpr std::size_t text_bytes = 200;

}  // namespace

room::Filter read_room_filter(JsonInput& input, std::string_view name) {
  room::Filter filter;
  const auto* const object = input.optional_object(name);
  if (object == nullptr) return filter;
  JsonInput nested(*object, JsonInput::Unknown::ignore, input.path_of(name));
  filter.game_key = user::folded(nested.optional_string("game", {1, text_bytes}).value_or(""));
  if (const auto status = nested.optional_string("status")) {
    filter.status = room::parse_status(*status);
    if (!filter.status) nested.fail("status", "must be waiting, playing or ended");
  }
  filter.has_password = nested.optional_boolean("has_password");
  filter.has_space = nested.optional_boolean("has_space");
  filter.text_key = user::folded(nested.optional_string("q", {0, text_bytes}).value_or(""));
  input.merge(std::move(nested));
  return filter;
}

room::Filter read_room_filter(QueryInput& query) {
  room::Filter filter;
  const auto text = [&](std::string_view name) {
    const auto value = query.text(name).value_or(std::string_view());
    if (value.size() > text_bytes) query.fail(name, "must have at most " + std::to_string(text_bytes) + " bytes");
    return value.size() > text_bytes ? std::string() : user::folded(value);
  };
  const auto flag = [&](std::string_view name) -> std::optional<bool> {
    const auto value = query.text(name);
    if (!value) return std::nullopt;
    if (*value != "true" && *value != "false") query.fail(name, "must be true or false");
    return *value == "true";
  };
  filter.game_key = text("game");
  filter.text_key = text("q");
  if (const auto status = query.text("status")) {
    filter.status = room::parse_status(*status);
    if (!filter.status) query.fail("status", "must be waiting, playing or ended");
  }
  filter.has_password = flag("has_password");
  filter.has_space = flag("has_space");
  return filter;
}

}  // namespace netherlink::gateway
