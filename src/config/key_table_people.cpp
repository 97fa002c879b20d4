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
    {.name = "groups.max_members",
     .target = AT(groups.max_members),
     .initial = "2000",
     .meaning = "Members of one group.",
     .range = {2, 1'000'000}},
    {.name = "groups.max_per_user",
     .target = AT(groups.max_per_user),
     .initial = "500",
     .meaning = "Groups that one person may be in.",
     .range = {1, 100'000}},
    {.name = "groups.max_added",
     .target = AT(groups.max_added),
     .initial = "100",
     .meaning = "People who are added with one request.",
     .range = {1, 300}},
    {.name = "groups.max_links",
     .target = AT(groups.max_links),
     .initial = "20",
     .meaning = "Links of one group that can still be used.",
     .range = {1, 1000}},
    {.name = "groups.max_requests",
     .target = AT(groups.max_requests),
     .initial = "500",
     .meaning = "People who wait to be let into one group.",
     .range = {1, 100'000}},
    {.name = "groups.max_bans",
     .target = AT(groups.max_bans),
     .initial = "5000",
     .meaning = "People who are banned from one group.",
     .range = {1, 1'000'000}},
    {.name = "groups.name_bytes",
     .target = AT(groups.name_bytes),
     .initial = "100B",
     .meaning = "Longest name, in UTF-8.",
     .range = {1, 1024},
     .unit = Unit::bytes},
    {.name = "groups.announcement_bytes",
     .target = AT(groups.announcement_bytes),
     .initial = "2000B",
     .meaning = "Longest announcement, in UTF-8.",
     .range = {0, 16'384},
     .unit = Unit::bytes},
    {.name = "groups.large_threshold",
     .target = AT(groups.large_threshold),
     .initial = "500",
     .meaning = "Members above which a group's messages go out in shards, in the background, and who reads or types is "
                "told to nobody else.",
     .range = {2, 1'000'000}},
    {.name = "groups.shard",
     .target = AT(groups.shard),
     .initial = "64",
     .meaning = "Sessions of a large group that one I/O thread serves before it sees to everything else.",
     .range = {1, 10'000}},
};
#undef AT

}  // namespace

std::span<const Key> people_keys() {
  return table;
}

}  // namespace netherlink::config
