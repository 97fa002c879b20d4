#include "gateway/room_json.hpp"

#include <algorithm>
#include <unordered_map>

#include "gateway/json_input.hpp"
#include "netherlink/im/types.hpp"

namespace netherlink::gateway {
namespace {

constexpr std::size_t facts_depth = 4, most_people = 100'000;
constexpr std::int64_t most_players = 1'000'000;

void write_fields(core::JsonWriter& out, const room::Listing& listing) {
  out.key("id").id(listing.id).field("conversation_id", im::ConversationId::room(listing.id).text);
  out.field("name", listing.name).field("game", listing.game).key("owner_id").id(listing.owner_id);
  out.field("status", room::to_string(listing.status)).field("max_players", listing.max_players);
  out.field("player_count", listing.player_count).field("has_password", listing.has_password);
  out.field("visibility", room::to_string(listing.visibility)).key("created_at").timestamp(listing.created_at);
}

void write_ids(core::JsonWriter& out, std::string_view name, const std::vector<core::UserId>& ids) {
  out.key(name).begin_array();
  for (const auto id : ids) out.id(id);
  out.end_array();
}

std::optional<room::Listing> parse_state(const boost::json::value& value) {
  const auto* const object = value.if_object();
  if (object == nullptr) return std::nullopt;
  JsonInput input(*object, JsonInput::Unknown::ignore);
  room::Listing state;
  state.name_key = input.string("name");
  state.game_key = input.string("game");
  state.status = static_cast<room::Status>(input.integer("status", 0, 2));
  state.has_password = input.boolean("has_password");
  state.player_count = static_cast<std::size_t>(input.integer("players", 0, most_players));
  state.max_players = static_cast<std::size_t>(input.integer("seats", 0, most_players));
  if (!input.finish()) return std::nullopt;
  return state;
}

}  // namespace

void write_room(core::JsonWriter& out, const room::Listing& listing) {
  out.begin_object();
  write_fields(out, listing);
  out.end_object();
}

void write_room_member(core::JsonWriter& out, const room::Seat& seat, std::string_view nickname) {
  out.begin_object().key("user_id").id(seat.user_id).field("nickname", nickname);
  out.field("ready", seat.ready).field("online", seat.online()).key("joined_at").timestamp(seat.joined_at);
  out.end_object();
}

std::string nickname_of(user::UserDirectory& users, core::UserId id) {
  const auto found = users.find(id);
  return found && *found ? (*found)->nickname : std::string();
}

core::result<void> write_room(core::JsonWriter& out, const room::Room& room, user::UserDirectory& users) {
  std::vector<core::UserId> ids;
  for (const auto& seat : room.seats) ids.push_back(seat.user_id);
  const auto people = users.find(ids);
  if (!people) return people.error();
  std::unordered_map<core::UserId, std::string_view> names;
  for (const auto& user : *people) names.emplace(user.id, user.nickname);
  out.begin_object();
  write_fields(out, room::listing_of(room));
  out.key("members").begin_array();
  for (const auto& seat : room.seats) write_room_member(out, seat, names[seat.user_id]);
  out.end_array().end_object();
  return {};
}

bool RoomFacts::concern(const room::Filter& filter, core::UserId watcher) const {
  if (std::ranges::binary_search(members, watcher)) return false;
  if (!for_everyone && !std::ranges::binary_search(friends, watcher)) return false;
  return std::ranges::any_of(states, [&](const room::Listing& state) { return filter.matches(state); });
}

std::string write_room_facts(const RoomFacts& facts) {
  std::string text;
  core::JsonWriter out(text);
  out.begin_object().key("room").id(facts.room).field("for_everyone", facts.for_everyone);
  write_ids(out, "friends", facts.friends);
  write_ids(out, "members", facts.members);
  out.key("states").begin_array();
  for (const auto& state : facts.states) {
    out.begin_object().field("name", state.name_key).field("game", state.game_key);
    out.field("status", static_cast<int>(state.status)).field("has_password", state.has_password);
    out.field("players", state.player_count).field("seats", state.max_players).end_object();
  }
  out.end_array().end_object();
  return text;
}

std::optional<RoomFacts> parse_room_facts(std::string_view text) {
  const auto object = parse_json_object(text, facts_depth);
  if (!object) return std::nullopt;
  JsonInput input(*object, JsonInput::Unknown::ignore);
  RoomFacts facts;
  facts.room = input.id("room");
  facts.for_everyone = input.boolean("for_everyone");
  facts.friends = input.ids("friends", most_people);
  facts.members = input.ids("members", most_people);
  if (const auto* const states = input.array("states", 2)) {
    for (const auto& value : *states) {
      auto state = parse_state(value);
      if (!state) return std::nullopt;
      facts.states.push_back(std::move(*state));
    }
  }
  if (!input.finish()) return std::nullopt;
  return facts;
}

}  // namespace netherlink::gateway
