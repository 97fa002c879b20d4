#include "store/sql/room_rows.hpp"

#include <soci/soci.h>

#include "netherlink/im/types.hpp"
#include "store/sql/insert_new.hpp"
#include "store/sql/members.hpp"
#include "store/sql/numbers.hpp"

namespace netherlink::store::sql::room_rows {
namespace {

using core::result;
using core::Timestamp;
using core::UserId;
using room::Draft;
using room::Room;
using room::RoomId;
using room::Seat;

// The numbers are in the databases: they stay what they are.
static_assert(static_cast<int>(room::Status::waiting) == 0 && static_cast<int>(room::Status::playing) == 1 &&
              static_cast<int>(room::Status::ended) == 2);
static_assert(static_cast<int>(room::Visibility::everyone) == 0 && static_cast<int>(room::Visibility::friends) == 1 &&
              static_cast<int>(room::Visibility::nobody) == 2);

std::string conversation_of(RoomId id) {
  return im::ConversationId::room(id).text;
}

std::vector<Seat> select_seats(soci::session& session, RoomId id) {
  std::vector<Seat> seats;
  long long user = 0, joined_at = 0, dropped_at = 0;
  int ready = 0;
  soci::statement statement =
      (session.prepare << "SELECT user_id, ready, joined_at, dropped_at FROM room_seats WHERE room_id = " << id
                       << " ORDER BY joined_at, user_id",
       soci::into(user), soci::into(ready), soci::into(joined_at), soci::into(dropped_at));
  statement.execute(false);
  while (statement.fetch()) seats.push_back({user, ready != 0, joined_at, dropped_at});
  return seats;
}

std::optional<room::Link> select_link(soci::session& session, RoomId id) {
  room::Link link;
  long long expires_at = 0, max_uses = 0, uses = 0;
  soci::statement statement =
      (session.prepare << "SELECT code, expires_at, max_uses, uses FROM room_links WHERE room_id = " << id,
       soci::into(link.code), soci::into(expires_at), soci::into(max_uses), soci::into(uses));
  statement.execute(false);
  bool found = false;
  while (statement.fetch()) found = true;
  if (!found) return std::nullopt;
  link.expires_at = expires_at;
  link.max_uses = static_cast<std::size_t>(max_uses);
  link.uses = static_cast<std::size_t>(uses);
  return link;
}

im::Role role_of(const Room& room, UserId user) {
  return room.owner_id == user ? im::Role::owner : im::Role::member;
}

void insert_room(soci::session& session, const Room& room, Timestamp now) {
  session << "INSERT INTO rooms (id, name, game, game_key, owner_id, status, visibility, max_players, player_count, "
             "password_hash, created_at, changed_at, closed_at, version) VALUES ("
          << room.id << ", :name, :game, :game_key, " << room.owner_id << ", " << static_cast<int>(room.status) << ", "
          << static_cast<int>(room.visibility) << ", " << room.max_players << ", " << room.seats.size()
          << ", :password_hash, " << room.created_at << ", " << now << ", 0, " << room.version << ")",
      soci::use(room.name), soci::use(room.game), soci::use(room.game_key), soci::use(room.password_hash);
}

void update_room(soci::session& session, const Room& room, Timestamp now) {
  session << "UPDATE rooms SET name = :name, game = :game, game_key = :game_key, owner_id = " << room.owner_id
          << ", status = " << static_cast<int>(room.status) << ", visibility = " << static_cast<int>(room.visibility)
          << ", max_players = " << room.max_players << ", player_count = " << room.seats.size()
          << ", password_hash = :password_hash, changed_at = " << now << " WHERE id = " << room.id,
      soci::use(room.name), soci::use(room.game), soci::use(room.game_key), soci::use(room.password_hash);
}

void end_room(soci::session& session, RoomId id, Timestamp now) {
  remove_all_members(session, conversation_of(id));
  remove_title(session, conversation_of(id));
  session << "DELETE FROM room_seats WHERE room_id = " << id;
  session << "DELETE FROM room_guests WHERE room_id = " << id;
  session << "DELETE FROM room_links WHERE room_id = " << id;
  session << "UPDATE rooms SET player_count = 0, closed_at = " << now << ", changed_at = " << now
          << " WHERE id = " << id;
}

void write_guest(soci::session& session, UserId person, const Draft& before, const Draft& after) {
  if (person == 0 || (before.banned == after.banned && before.invited == after.invited)) return;
  session << "DELETE FROM room_guests WHERE room_id = " << after.id << " AND user_id = " << person;
  if (!after.banned && !after.invited) return;
  session << "INSERT INTO room_guests (room_id, user_id, banned, invited) VALUES (" << after.id << ", " << person
          << ", " << (after.banned ? 1 : 0) << ", " << (after.invited ? 1 : 0) << ")";
}

void write_link(soci::session& session, const Draft& before, const Draft& after) {
  if (before.link == after.link) return;
  session << "DELETE FROM room_links WHERE room_id = " << after.id;
  if (!after.link) return;
  const auto& link = *after.link;
  session << "INSERT INTO room_links (room_id, code, expires_at, max_uses, uses) VALUES (" << after.id << ", :code, "
          << link.expires_at << ", " << link.max_uses << ", " << link.uses << ")",
      soci::use(link.code);
}

/// False: sits somewhere already.
bool take_seat(const Database& database, soci::session& session, const Draft& draft, const Seat& seat) {
  const bool taken = insert_new(database, [&] {
    session << "INSERT INTO room_seats (user_id, room_id, ready, joined_at, dropped_at) VALUES (" << seat.user_id
            << ", " << draft.id << ", " << (seat.ready ? 1 : 0) << ", " << seat.joined_at << ", " << seat.dropped_at
            << ")";
  });
  if (!taken) return false;
  add_member(database, session, conversation_of(draft.id),
             {.user_id = seat.user_id,
              .role = role_of(*draft.room, seat.user_id),
              .joined_seq = draft.joined_seq,
              .visible_after = draft.joined_seq,
              .now = seat.joined_at});
  return true;
}

result<void> write_seats(const Database& database, soci::session& session, const Room* before, const Draft& after) {
  for (const auto& seat : after.room->seats) {
    const Seat* const old = before == nullptr ? nullptr : before->seat_of(seat.user_id);
    if (old == nullptr) {
      if (!take_seat(database, session, after, seat)) return errors::room_in_another;
    } else if (*old != seat) {
      session << "UPDATE room_seats SET ready = " << (seat.ready ? 1 : 0) << ", dropped_at = " << seat.dropped_at
              << " WHERE user_id = " << seat.user_id;
    }
    const bool role_changed = old != nullptr && role_of(*before, seat.user_id) != role_of(*after.room, seat.user_id);
    if (role_changed) set_role(session, conversation_of(after.id), seat.user_id, role_of(*after.room, seat.user_id));
  }
  return {};
}

void write_notices(soci::session& session, const Draft& draft, Timestamp now) {
  for (const auto& notice : draft.notices) {
    add_notice(session, {.id = notice.id,
                         .conversation = im::ConversationId::room(draft.id),
                         .actor = notice.actor,
                         .joined = notice.joined,
                         .left = notice.left,
                         .changed = notice.changed,
                         .joined_seq = draft.joined_seq,
                         .content = notice.content,
                         .extra = notice.extra,
                         .created_at = now});
  }
}

}  // namespace

std::optional<Room> find(soci::session& session, RoomId id) {
  Room room;
  room.id = id;
  long long owner = 0, max_players = 0, created_at = 0, version = 0;
  int status = 0, visibility = 0;
  soci::statement statement =
      (session.prepare << "SELECT name, game, game_key, owner_id, status, visibility, max_players, password_hash, "
                          "created_at, version FROM rooms WHERE closed_at = 0 AND id = "
                       << id,
       soci::into(room.name), soci::into(room.game), soci::into(room.game_key), soci::into(owner), soci::into(status),
       soci::into(visibility), soci::into(max_players), soci::into(room.password_hash), soci::into(created_at),
       soci::into(version));
  statement.execute(false);
  bool found = false;
  while (statement.fetch()) found = true;
  if (!found) return std::nullopt;
  room.owner_id = owner;
  room.status = static_cast<room::Status>(status);
  room.visibility = static_cast<room::Visibility>(visibility);
  room.max_players = static_cast<std::size_t>(max_players);
  room.created_at = created_at;
  room.version = version;
  room.seats = select_seats(session, id);
  return room;
}

Draft read_draft(soci::session& session, RoomId id, UserId person) {
  Draft draft;
  draft.id = id;
  draft.room = find(session, id);
  if (!draft.room) return draft;
  draft.link = select_link(session, id);
  if (person == 0) return draft;
  std::string where(" FROM room_guests WHERE room_id = ");
  where.append(std::to_string(id)).append(" AND user_id = ").append(std::to_string(person));
  draft.banned = number(session, "SELECT banned" + where) != 0;
  draft.invited = number(session, "SELECT invited" + where) != 0;
  return draft;
}

std::vector<RoomId> open_rooms(soci::session& session, const std::string& game_key, std::size_t limit) {
  std::vector<RoomId> found;
  long long id = 0;
  soci::statement statement =
      (session.prepare << "SELECT id FROM rooms WHERE game_key = :game_key AND closed_at = 0 AND status = 0 AND "
                          "visibility = 0 AND password_hash = '' AND player_count < max_players "
                          "ORDER BY player_count DESC, id LIMIT "
                       << limit,
       soci::use(game_key), soci::into(id));
  statement.execute(false);
  while (statement.fetch()) found.push_back(id);
  return found;
}

void give_up(soci::session& session, const Draft& before, const Draft& after, Timestamp now) {
  if (!before.room) return;
  if (!after.room) return end_room(session, before.id, now);
  for (const auto& seat : before.room->seats) {
    if (after.room->seat_of(seat.user_id) != nullptr) continue;
    session << "DELETE FROM room_seats WHERE user_id = " << seat.user_id << " AND room_id = " << before.id;
    remove_member(session, conversation_of(before.id), seat.user_id);
  }
}

result<void> take(const Database& database, soci::session& session, UserId person, const Draft& before,
                  const Draft& after, Timestamp now) {
  write_notices(session, after, now);
  if (!after.room) return {};
  if (!before.room) {
    insert_room(session, *after.room, now);
  } else if (*before.room != *after.room) {
    update_room(session, *after.room, now);
  }
  if (!before.room || before.room->name != after.room->name) {
    set_title(session, conversation_of(after.id), after.room->name);
  }
  write_guest(session, person, before, after);
  write_link(session, before, after);
  return write_seats(database, session, before.room ? &*before.room : nullptr, after);
}

}  // namespace netherlink::store::sql::room_rows
