#include "netherlink/gateway/room_frames.hpp"

#include <algorithm>

#include "gateway/encode.hpp"
#include "gateway/people_event.hpp"
#include "gateway/room_json.hpp"
#include "netherlink/log/log.hpp"
#include "netherlink/user/names.hpp"

namespace netherlink::gateway {
namespace {

using room::Listing;
using room::News;
using room::Room;
using room::Visibility;

std::vector<core::UserId> members_of(const std::optional<Room>& room) {
  std::vector<core::UserId> ids;
  if (!room) return ids;
  for (const auto& seat : room->seats) ids.push_back(seat.user_id);
  return ids;
}

/// Those before and those after, by id.
std::vector<core::UserId> all_members(const News& news) {
  auto ids = members_of(news.before);
  const auto after = members_of(news.after);
  ids.insert(ids.end(), after.begin(), after.end());
  std::ranges::sort(ids);
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

bool looks_the_same(const Listing& a, const Listing& b) {
  return a.name == b.name && a.game == b.game && a.owner_id == b.owner_id && a.status == b.status &&
         a.visibility == b.visibility && a.max_players == b.max_players && a.player_count == b.player_count &&
         a.has_password == b.has_password;
}

void write_closed(core::JsonWriter& data, room::RoomId id, std::string_view reason) {
  data.begin_object().key("room_id").id(id).field("reason", reason).end_object();
}

Listing searchable(const Room& room) {
  auto listing = room::listing_of(room);
  listing.name_key = user::folded(listing.name);
  return listing;
}

}  // namespace

void RoomFrames::changed(const News& news) {
  std::vector<im::PeopleEvent> events;
  tell_members(news, events);
  tell_list(news, events);
  if (!events.empty()) announcer_.tell(std::move(events));
  // Whoever may see where they are learns that they are somewhere else.
  for (const auto user : news.joined) presence_.moved(user);
  for (const auto& left : news.left) presence_.moved(left.user_id);
  const bool moved_all = !news.after || (news.before && news.before->visibility != news.after->visibility);
  if (!moved_all) return;
  for (const auto user : members_of(news.before)) presence_.moved(user);
}

void RoomFrames::tell_members(const News& news, std::vector<im::PeopleEvent>& events) {
  if (!news.before) return;  // its owner has just made it
  const auto id = news.before->id;
  const auto now_members = members_of(news.after);
  for (const auto user : news.joined) {
    const auto nickname = nickname_of(users_, user);
    auto others = now_members;
    std::erase(others, user);
    events.push_back(people_event("room.member_joined", std::move(others), [&](core::JsonWriter& data) {
      data.begin_object().key("room_id").id(id).key("member");
      write_room_member(data, *news.after->seat_of(user), nickname);
      data.end_object();
    }));
  }
  for (const auto& left : news.left) {
    events.push_back(people_event("room.member_left", all_members(news), [&](core::JsonWriter& data) {
      data.begin_object().key("room_id").id(id).key("user_id").id(left.user_id);
      data.field("reason", room::to_string(left.reason)).end_object();
    }));
  }
  if (!news.after) {
    events.push_back(people_event("room.closed", members_of(news.before),
                                  [&](core::JsonWriter& data) { write_closed(data, id, news.closed); }));
    return;
  }
  bool written = false;
  auto updated = people_event("room.updated", now_members, [&](core::JsonWriter& data) {
    data.begin_object().key("room");
    written = write_room(data, *news.after, users_).has_value();
    data.end_object();
  });
  if (!written) return log::warn("room not told", {{"room", id}});
  events.push_back(std::move(updated));
}

void RoomFrames::tell_list(const News& news, std::vector<im::PeopleEvent>& events) {
  const auto shown = [](const std::optional<Room>& room) { return room && room->visibility != Visibility::nobody; };
  const bool before = shown(news.before), after = shown(news.after);
  if (!before && !after) return;
  if (before && after && looks_the_same(listing_of(*news.before), listing_of(*news.after))) return;
  const bool narrower = before && after && news.after->visibility > news.before->visibility;
  const bool gone = !after || narrower;

  const Room& told = gone ? *news.before : *news.after;
  RoomFacts facts;
  facts.room = told.id;
  if (before) facts.states.push_back(searchable(*news.before));
  if (after && !gone) facts.states.push_back(searchable(*news.after));
  facts.for_everyone = told.visibility == Visibility::everyone;
  if (!facts.for_everyone) facts.friends = friends_of(told.owner_id);
  if (news.before) facts.members = all_members(news);

  auto made = gone ? people_event("room.closed", {},
                                  [&](core::JsonWriter& data) {
                                    write_closed(data, told.id, news.closed.empty() ? "hidden" : news.closed);
                                  })
                   : people_event("room.updated", {}, [&](core::JsonWriter& data) {
                       data.begin_object().key("room");
                       write_room(data, listing_of(told));
                       data.end_object();
                     });
  made.list = room_list;
  made.facts = write_room_facts(facts);
  events.push_back(std::move(made));
}

std::vector<core::UserId> RoomFrames::friends_of(core::UserId user) {
  auto found = people_.friends_of(user);
  if (!found) return {};
  found->push_back(user);  // who watches like they do
  std::ranges::sort(*found);
  return std::move(*found);
}

void RoomFrames::invited(const Room& room, core::UserId from, core::UserId to) {
  const auto inviter = users_.find(from);
  if (!inviter || !*inviter) return log::warn("invitation not told", {{"room", room.id}});
  announcer_.tell(people_event("room.invited", {to}, [&](core::JsonWriter& data) {
    data.begin_object().key("room");
    write_room(data, listing_of(room));
    data.key("from");
    write_user(data, **inviter, false);
    data.end_object();
  }));
}

}  // namespace netherlink::gateway
