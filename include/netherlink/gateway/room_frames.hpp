#pragma once

#include <string_view>
#include <vector>

#include "netherlink/friend/presence.hpp"
#include "netherlink/im/push.hpp"
#include "netherlink/room/ports.hpp"
#include "netherlink/user/service.hpp"

namespace netherlink::gateway {

/// What watchers of the list of rooms watch (im::PeopleEvent::list).
constexpr std::string_view room_list = "rooms";

/// Tells the members of a room, and those who watch the list, on every replica, what happened: each frame is written
/// once. Thread-safe; calls may block for a moment.
class RoomFrames final : public room::RoomEvents {
 public:
  RoomFrames(im::Announcer& announcer, user::UserDirectory& users, room::RoomPeople& people,
             friends::PresenceService& presence)
      : announcer_(announcer), users_(users), people_(people), presence_(presence) {}

  void changed(const room::News& news) override;
  void invited(const room::Room& room, core::UserId from, core::UserId to) override;

 private:
  void tell_members(const room::News& news, std::vector<im::PeopleEvent>& events);
  void tell_list(const room::News& news, std::vector<im::PeopleEvent>& events);
  std::vector<core::UserId> friends_of(core::UserId user);

  im::Announcer& announcer_;
  user::UserDirectory& users_;
  room::RoomPeople& people_;
  friends::PresenceService& presence_;
};

}  // namespace netherlink::gateway
