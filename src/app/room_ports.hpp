#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "netherlink/cache/cache.hpp"
#include "netherlink/friend/presence.hpp"
#include "netherlink/im/service.hpp"
#include "netherlink/room/service.hpp"
#include "netherlink/user/service.hpp"

namespace netherlink::app {

/// The conversations of rooms.
class ChatOfRooms final : public room::RoomChat {
 public:
  explicit ChatOfRooms(im::ChatService& chat) : chat_(chat) {}

  core::result<core::Seq> last_seq(room::RoomId id) override {
    const std::vector<std::string> ids{im::ConversationId::room(id).text};
    const auto heads = chat_.heads(ids);
    if (!heads) return heads.error();
    return heads->front().last_seq;
  }
  void tell(std::span<const std::int64_t> notices) override { chat_.tell_notices(notices); }

 private:
  im::ChatService& chat_;
};

/// What rooms ask about people.
class PeopleOfRooms final : public room::RoomPeople {
 public:
  PeopleOfRooms(friends::ContactRepository& contacts, friends::PresenceService& presence, user::UserDirectory& users,
                cache::Cache& cache)
      : contacts_(contacts), presence_(presence), users_(users), cache_(cache) {}

  core::result<Standing> standing(core::UserId from, core::UserId to) override {
    const auto found = contacts_.standings(from, std::span(&to, 1));
    if (!found) return found.error();
    const auto& one = found->front();
    return Standing{one.exists, one.friends, one.blocked};
  }
  core::result<std::vector<core::UserId>> friends_of(core::UserId user) override {
    auto found = contacts_.audiences(std::span(&user, 1));
    if (!found) return found.error();
    return std::move((*found)[user].friends);
  }
  std::vector<core::UserId> online(std::span<const core::UserId> users) override { return presence_.online(users); }
  bool online_is_known() override { return cache_.connected(); }
  std::string name_of(core::UserId user) override {
    const auto found = users_.find(user);
    return found && *found ? (*found)->nickname : std::string("somebody");
  }

 private:
  friends::ContactRepository& contacts_;
  friends::PresenceService& presence_;
  user::UserDirectory& users_;
  cache::Cache& cache_;
};

/// In which room somebody is, as their friends may know it.
class RoomsOfPeople final : public friends::Whereabouts {
 public:
  explicit RoomsOfPeople(room::RoomRepository& rooms) : rooms_(rooms) {}
  std::unordered_map<core::UserId, std::int64_t> rooms_of(std::span<const core::UserId> users) override {
    auto found = rooms_.shown_seats(users);
    return found ? std::move(*found) : std::unordered_map<core::UserId, std::int64_t>();
  }

 private:
  room::RoomRepository& rooms_;
};

/// Rooms learn who comes and goes; everybody else by frames.
class PresenceNews final : public friends::PresenceEvents {
 public:
  PresenceNews(friends::PresenceEvents& frames, room::RoomService& rooms) : frames_(frames), rooms_(rooms) {}
  void presence_changed(std::span<const friends::PresenceChange> changes) override {
    frames_.presence_changed(changes);
  }
  void came_or_went(std::span<const core::UserId> users) override {
    for (const auto user : users) rooms_.moved(user);
  }

 private:
  friends::PresenceEvents& frames_;
  room::RoomService& rooms_;
};

}  // namespace netherlink::app
