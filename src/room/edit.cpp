#include "room/edit.hpp"

#include <algorithm>
#include <tuple>

#include "netherlink/core/json_writer.hpp"
#include "netherlink/crypto/random.hpp"

namespace netherlink::room {
namespace {

std::string sentence(std::string_view name, std::string_view what) {
  std::string text(name);
  text.append(" ").append(what);
  return text;
}

}  // namespace

Edit::Edit(Draft& draft, Timestamp now) : draft_(draft), now_(now) {
  news_.before = draft.room;
}

std::optional<News> Edit::news() {
  if (draft_.room == news_.before) return std::nullopt;
  news_.after = draft_.room;
  return news_;
}

Notice& Edit::note(UserId actor, std::string_view event, UserId user, std::string content) {
  Notice notice{.id = static_cast<std::int64_t>(crypto::random_u64() >> 1), .actor = actor};
  if (!event.empty()) {
    notice.content = std::move(content);
    core::JsonWriter extra(notice.extra);
    extra.begin_object().field("event", event).key("user_id").id(user).end_object();
  }
  draft_.notices.push_back(std::move(notice));
  return draft_.notices.back();
}

void Edit::open(Room made, bool online) {
  const UserId owner = made.owner_id;
  made.seats.push_back({owner, false, now_, online ? 0 : now_});
  draft_.room = std::move(made);
  news_.joined.push_back(owner);
  note(owner, {}, owner, {}).joined.push_back(owner);
}

void Edit::take_seat(UserId user, bool online, std::string_view name) {
  room().seats.push_back({user, false, now_, online ? 0 : now_});
  news_.joined.push_back(user);
  note(user, "room.member_joined", user, sentence(name, "joined the room")).joined.push_back(user);
}

void Edit::give_up_seat(UserId user, Leave reason, UserId actor, std::string_view name) {
  std::erase_if(room().seats, [&](const Seat& seat) { return seat.user_id == user; });
  news_.left.push_back({user, reason});
  if (room().seats.empty()) {
    note(actor, {}, user, {}).left.push_back(user);
    news_.closed = "empty";
    draft_.room.reset();
    return;
  }
  const std::string_view what = reason == Leave::left     ? "left the room"
                                : reason == Leave::kicked ? "was removed from the room"
                                                          : "lost the connection and left the room";
  note(actor, "room.member_left", user, sentence(name, what)).left.push_back(user);
  if (room().owner_id == user) pass_on(user);
}

void Edit::pass_on(UserId leaver) {
  const auto order = [](const Seat& seat) { return std::tuple(!seat.online(), seat.joined_at, seat.user_id); };
  hand_over(std::ranges::min_element(room().seats, {}, order)->user_id, leaver);
}

void Edit::hand_over(UserId user, UserId actor) {
  if (room().owner_id == user) return;
  auto& notice = note(actor, "room.owner_changed", user, "The room has a new owner");
  notice.changed.push_back(user);
  if (room().seat_of(room().owner_id) != nullptr) notice.changed.push_back(room().owner_id);
  room().owner_id = user;
}

void Edit::close(UserId actor) {
  auto& notice = note(actor, {}, actor, {});
  for (const auto& seat : room().seats) notice.left.push_back(seat.user_id);
  news_.closed = "closed";
  draft_.room.reset();
}

core::result<void> Edit::move(UserId user, Status from, Status to) {
  if (room().owner_id != user) return errors::room_forbidden;
  if (room().status != from) return errors::room_wrong_state;
  room().status = to;
  return {};
}

core::result<void> Edit::start(UserId user, std::string_view name) {
  const bool ready = std::ranges::all_of(
      room().seats, [&](const Seat& seat) { return seat.ready || seat.user_id == room().owner_id; });
  auto moved = move(user, Status::waiting, Status::playing);
  if (!moved) return moved;
  if (!ready) return errors::room_not_ready;
  note(user, "room.started", user, sentence(name, "started the game"));
  return {};
}

core::result<void> Edit::finish(UserId user, std::string_view name) {
  auto moved = move(user, Status::playing, Status::ended);
  if (moved) note(user, "room.finished", user, sentence(name, "ended the game"));
  return moved;
}

core::result<void> Edit::reopen(UserId user, std::string_view name) {
  auto moved = move(user, Status::ended, Status::waiting);
  if (!moved) return moved;
  for (auto& seat : room().seats) seat.ready = false;
  note(user, "room.reopened", user, sentence(name, "opened the room for another game"));
  return {};
}

core::result<void> Edit::set_ready(UserId user, bool ready) {
  if (room().status != Status::waiting) return errors::room_wrong_state;
  room().seat_of(user)->ready = ready;
  return {};
}

}  // namespace netherlink::room
