#include "netherlink/gateway/people_frames.hpp"

#include <array>
#include <utility>

#include "gateway/encode.hpp"
#include "gateway/people_event.hpp"
#include "netherlink/log/log.hpp"

namespace netherlink::gateway {
namespace {

constexpr std::size_t receivers_of_push = 5000;  // each is looked up in the registry of interest

}  // namespace

void FriendFrames::tell_request(const friends::Request& request, std::vector<core::UserId> whom) {
  const std::array both{request.from, request.to};
  const auto people = users_.find(both);
  if (!people || people->size() != both.size()) return log::warn("friend request not told", {{"request", request.id}});
  announcer_.tell(people_event("friend.request", std::move(whom), [&](core::JsonWriter& data) {
    data.begin_object().key("request");
    write_friend_request(data, request, (*people)[0], (*people)[1]);
    data.end_object();
  }));
}

void FriendFrames::requested(const friends::Request& request) {
  tell_request(request, {request.from, request.to});
}

void FriendFrames::withdrawn(const friends::Request& request) {
  tell_request(request, {request.to});
}

void FriendFrames::befriended(core::UserId a, core::UserId b, core::Timestamp since) {
  const std::array both{a, b};
  const auto people = users_.find(both);
  if (!people || people->size() != both.size()) return log::warn("friendship not told", {{"user_id", a}});
  std::vector<im::PeopleEvent> events;
  const auto accepted = [&](core::UserId whom, const user::User& other) {
    events.push_back(people_event("friend.accepted", {whom}, [&](core::JsonWriter& data) {
      data.begin_object().key("user");
      write_user(data, other, false);
      data.key("since").timestamp(since).end_object();
    }));
    const auto seen = presence_.view(whom, std::span(&other.id, 1));
    if (!seen) return;
    events.push_back(
        people_event("presence", {whom}, [&](core::JsonWriter& data) { write_presence(data, seen->front()); }));
  };
  accepted(a, (*people)[1]);
  accepted(b, (*people)[0]);
  announcer_.tell(std::move(events));
}

void FriendFrames::separated(core::UserId a, core::UserId b) {
  std::vector<im::PeopleEvent> events;
  for (const auto& [whom, other] : {std::pair(a, b), std::pair(b, a)}) {
    events.push_back(people_event("friend.removed", {whom}, [id = other](core::JsonWriter& data) {
      data.begin_object().key("user_id").id(id).end_object();
    }));
  }
  announcer_.tell(std::move(events));
}

void FriendFrames::relations_changed(std::span<const core::UserId> users) {
  announcer_.changed(users);
}

void PresenceFrames::presence_changed(std::span<const friends::PresenceChange> changes) {
  std::vector<im::PeopleEvent> events;
  std::size_t receivers = 0;
  for (const auto& change : changes) {
    if (receivers > 0 && receivers + change.friends.size() > receivers_of_push) {
      announcer_.tell(std::exchange(events, {}));
      receivers = 0;
    }
    receivers += change.friends.size();
    const friends::PresenceView view{
        .user = change.user, .online = change.online, .last_seen = change.last_seen, .room_id = change.room_id};
    events.push_back(
        people_event("presence", change.friends, [&](core::JsonWriter& data) { write_presence(data, view); }));
    events.back().watched = change.user;
  }
  announcer_.tell(std::move(events));
}

}  // namespace netherlink::gateway
