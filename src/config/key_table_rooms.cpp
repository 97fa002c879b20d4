#include "config/keys.hpp"
#include "config/units.hpp"

namespace netherlink::config {
namespace {

constexpr std::int64_t s = 1000, d = 24 * 3600 * s;  // durations, in milliseconds

// The way to a member of Config.
#define AT(path)             \
  +[](Config & c) -> auto& { \
    return c.path;           \
  }

constexpr Key table[] = {
    {.name = "rooms.max_players",
     .target = AT(rooms.max_players),
     .initial = "64",
     .meaning = "Players of one room at most. Told to clients.",
     .range = {1, 1000}},
    {.name = "rooms.default_players",
     .target = AT(rooms.default_players),
     .initial = "8",
     .meaning = "Players of a room that does not say how many, as those that quick join opens; never more than "
                "`rooms.max_players`.",
     .range = {1, 1000}},
    {.name = "rooms.name_bytes",
     .target = AT(rooms.name_bytes),
     .initial = "128B",
     .meaning = "Longest name of a room, in UTF-8. Told to clients.",
     .range = {1, 1024},
     .unit = Unit::bytes},
    {.name = "rooms.game_bytes",
     .target = AT(rooms.game_bytes),
     .initial = "64B",
     .meaning = "Longest name of a game, in UTF-8. Told to clients.",
     .range = {1, 100},
     .unit = Unit::bytes},
    {.name = "rooms.password_bytes",
     .target = AT(rooms.password_bytes),
     .initial = "128B",
     .meaning = "Longest password of a room, in UTF-8. Told to clients.",
     .range = {1, 1024},
     .unit = Unit::bytes},
    {.name = "rooms.seat_grace",
     .target = AT(rooms.seat_grace),
     .initial = "60s",
     .meaning = "How long the seat of a player is kept who has no socket any more.",
     .range = {0, d}},
    {.name = "rooms.link_ttl",
     .target = AT(rooms.link_ttl),
     .initial = "30d",
     .meaning = "How long a link to a room may work at most, where its maker limits it.",
     .range = {s, 365 * d}},
    {.name = "rooms.list_max_age",
     .target = AT(rooms.list_max_age),
     .initial = "200ms",
     .meaning = "How old what the list of rooms shows of other replicas may be.",
     .range = {0, 60 * s}},
    {.name = "rooms.watch_interval",
     .target = AT(rooms.watch_interval),
     .initial = "100ms",
     .meaning = "Those who watch the list hear of a room once in this time at most, as it is then.",
     .range = {1, 10 * s}},
};
#undef AT

}  // namespace

std::span<const Key> room_keys() {
  return table;
}

}  // namespace netherlink::config
