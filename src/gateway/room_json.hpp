#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "netherlink/core/json_writer.hpp"
#include "netherlink/room/types.hpp"
#include "netherlink/user/service.hpp"

namespace netherlink::gateway {

/// As lists and their watchers see it.
void write_room(core::JsonWriter& out, const room::Listing& listing);
/// With its members, whose names are looked up: may block.
core::result<void> write_room(core::JsonWriter& out, const room::Room& room, user::UserDirectory& users);
void write_room_member(core::JsonWriter& out, const room::Seat& seat, std::string_view nickname);
std::string nickname_of(user::UserDirectory& users, core::UserId id);

/// Decides which of those who watch the list of rooms hear of a change: im::PeopleEvent::facts.
struct RoomFacts {
  room::RoomId room = 0;
  std::vector<room::Listing> states;  // as it was, as it is: what a filter asks about
  bool for_everyone = false;
  std::vector<core::UserId> friends;  // for whom else, sorted
  std::vector<core::UserId> members;  // who hear of it anyway, sorted

  bool concern(const room::Filter& filter, core::UserId watcher) const;
};
std::string write_room_facts(const RoomFacts& facts);
std::optional<RoomFacts> parse_room_facts(std::string_view text);

}  // namespace netherlink::gateway
