#include "config/keys.hpp"
#include "config/units.hpp"

namespace netherlink::config {
namespace {

// The way to a member of Config.
#define AT(path)             \
  +[](Config & c) -> auto& { \
    return c.path;           \
  }

constexpr Key table[] = {
    {.name = "friends.max_friends",
     .target = AT(friends.max_friends),
     .initial = "2000",
     .meaning = "Friends of one person.",
     .range = {1, 100'000}},
    {.name = "friends.max_pending",
     .target = AT(friends.max_pending),
     .initial = "500",
     .meaning = "Friend requests of one person that are not answered yet.",
     .range = {1, 100'000}},
    {.name = "friends.max_blocks",
     .target = AT(friends.max_blocks),
     .initial = "2000",
     .meaning = "People whom one person may block.",
     .range = {1, 100'000}},
    {.name = "friends.message_bytes",
     .target = AT(friends.message_bytes),
     .initial = "500B",
     .meaning = "Longest message of a friend request, in UTF-8.",
     .range = {0, 16'384},
     .unit = Unit::bytes},
    {.name = "guests.enabled",
     .target = AT(guests.enabled),
     .initial = "true",
     .meaning =
         "Whether a nickname is enough to come in. Guests may not ask for friends, nor make groups, rooms and links. "
         "Told to clients."},
    {.name = "guests.idle_after",
     .target = AT(guests.idle_after),
     .initial = "7d",
     .meaning = "Guests who were not there for that long are forgotten.",
     .range = {60'000, 365LL * 86'400'000}},
    {.name = "presence.grace",
     .target = AT(presence.grace),
     .initial = "3s",
     .meaning = "How long somebody still counts as online after their last socket closed.",
     .range = {0, 300'000}},
    {.name = "presence.max_watched",
     .target = AT(presence.max_watched),
     .initial = "200",
     .meaning = "People whom one `presence.watch` may name. Told to clients.",
     .range = {1, 1000}},
};
#undef AT

}  // namespace

std::span<const Key> people_keys() {
  return table;
}

}  // namespace netherlink::config
