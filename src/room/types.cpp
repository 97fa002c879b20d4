#include "netherlink/room/types.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace netherlink::room {
namespace {

constexpr std::array<std::string_view, 3> statuses{"waiting", "playing", "ended"};
constexpr std::array<std::string_view, 3> visibilities{"public", "friends", "private"};
constexpr std::array<std::string_view, 4> sorts{"newest", "players", "hot", "name"};
constexpr std::array<std::string_view, 3> reasons{"left", "kicked", "dropped"};

template <class Enum, std::size_t count>
std::optional<Enum> parse(const std::array<std::string_view, count>& names, std::string_view text) {
  const auto found = std::ranges::find(names, text);
  if (found == names.end()) return std::nullopt;
  return static_cast<Enum>(found - names.begin());
}

}  // namespace

std::string_view to_string(Status status) {
  return statuses[static_cast<std::size_t>(status)];
}

std::optional<Status> parse_status(std::string_view text) {
  return parse<Status>(statuses, text);
}

std::string_view to_string(Visibility visibility) {
  return visibilities[static_cast<std::size_t>(visibility)];
}

std::optional<Visibility> parse_visibility(std::string_view text) {
  return parse<Visibility>(visibilities, text);
}

std::optional<Sort> parse_sort(std::string_view text) {
  return parse<Sort>(sorts, text);
}

std::string_view to_string(Leave reason) {
  return reasons[static_cast<std::size_t>(reason)];
}

const Seat* Room::seat_of(UserId user) const {
  const auto found = std::ranges::find(seats, user, &Seat::user_id);
  return found == seats.end() ? nullptr : &*found;
}

Seat* Room::seat_of(UserId user) {
  return const_cast<Seat*>(std::as_const(*this).seat_of(user));
}

Listing listing_of(const Room& room) {
  return {.id = room.id,
          .name = room.name,
          .game = room.game,
          .owner_id = room.owner_id,
          .status = room.status,
          .visibility = room.visibility,
          .max_players = room.max_players,
          .player_count = room.seats.size(),
          .has_password = !room.password_hash.empty(),
          .closed = false,
          .created_at = room.created_at,
          .version = room.version,
          .name_key = {},
          .game_key = room.game_key};
}

bool Filter::matches(const Listing& listing) const {
  if (!game_key.empty() && game_key != listing.game_key) return false;
  if (status && *status != listing.status) return false;
  if (has_password && *has_password != listing.has_password) return false;
  if (has_space && *has_space != listing.has_space()) return false;
  return text_key.empty() || listing.name_key.find(text_key) != std::string::npos ||
         listing.game_key.find(text_key) != std::string::npos;
}

}  // namespace netherlink::room
