#include "store/sql/rooms.hpp"

#include <soci/soci.h>

#include <algorithm>

#include "store/sql/id_list.hpp"
#include "store/sql/insert_new.hpp"
#include "store/sql/numbers.hpp"
#include "store/sql/room_rows.hpp"
#include "store/sql/user_lock.hpp"

namespace netherlink::store::sql {
namespace {

using core::result;
using core::Timestamp;
using core::UserId;
using room::RoomId;

bool raise_game(soci::session& session, const std::string& game_key) {
  soci::statement update =
      (session.prepare << "UPDATE room_games SET openings = openings + 1 WHERE game_key = :game_key",
       soci::use(game_key));
  update.execute(true);
  return update.get_affected_rows() > 0;
}

void lock_game(const Database& database, soci::session& session, const std::string& game_key) {
  if (raise_game(session, game_key)) return;
  insert_new(database, [&] {
    session << "INSERT INTO room_games (game_key, openings) VALUES (:game_key, 0)", soci::use(game_key);
  });
  raise_game(session, game_key);
}

/// In the order in which everybody takes them. Nothing is read before: what is read then is what others committed.
result<void> lock(const Database& database, soci::session& session, const room::RoomRepository::Ask& ask) {
  if (ask.arrives && !lock_user(session, ask.person)) return errors::auth_session_revoked;
  if (!ask.open_game.empty()) lock_game(database, session, ask.open_game);
  std::vector<RoomId> ids;
  for (const auto& place : ask.rooms) ids.push_back(place.id);
  std::ranges::sort(ids);
  for (const auto id : ids) {
    session << "UPDATE rooms SET version = version + 1 WHERE closed_at = 0 AND id = " << id;
  }
  return {};
}

}  // namespace

result<void> Rooms::change(const Ask& ask, const Decide& decide) {
  return database_.write([&](soci::session& session) -> result<void> {
    if (auto locked = lock(database_, session, ask); !locked) return locked;
    room::Transaction transaction;
    transaction.person = ask.person;
    if (ask.person != 0) {
      transaction.seat =
          number(session, "SELECT room_id FROM room_seats WHERE user_id = " + std::to_string(ask.person));
    }
    for (const auto& place : ask.rooms) {
      transaction.rooms.push_back(room_rows::read_draft(session, place.id, ask.person));
      transaction.rooms.back().joined_seq = place.joined_seq;
    }
    constexpr std::size_t most_open = 100;
    if (!ask.open_game.empty()) transaction.open = room_rows::open_rooms(session, ask.open_game, most_open);
    const auto before = transaction.rooms;
    if (auto decided = decide(transaction); !decided) return decided;
    const Timestamp now = core::now_ms();
    for (std::size_t i = 0; i < before.size(); ++i) {
      room_rows::give_up(session, before[i], transaction.rooms[i], now);
    }
    for (std::size_t i = 0; i < before.size(); ++i) {
      auto written = room_rows::take(database_, session, ask.person, before[i], transaction.rooms[i], now);
      if (!written) return written;
    }
    return {};
  });
}

result<std::optional<room::Room>> Rooms::find(RoomId id) {
  std::optional<room::Room> found;
  auto done = database_.read([&](soci::session& session) -> result<void> {
    found = room_rows::find(session, id);
    return {};
  });
  if (!done) return done.error();
  return found;
}

result<bool> Rooms::invited(RoomId id, UserId user) {
  bool found = false;
  auto done = database_.read([&](soci::session& session) -> result<void> {
    std::string query("SELECT invited FROM room_guests WHERE room_id = ");
    query.append(std::to_string(id)).append(" AND user_id = ").append(std::to_string(user));
    found = number(session, query) != 0;
    return {};
  });
  if (!done) return done.error();
  return found;
}

result<std::unordered_map<UserId, RoomId>> Rooms::shown_seats(std::span<const UserId> users) {
  std::unordered_map<UserId, RoomId> found;
  if (users.empty()) return found;
  auto done = database_.read([&](soci::session& session) -> result<void> {
    found.clear();
    for_each_id_list(users, [&](const std::string& list) {
      long long user = 0, id = 0;
      soci::statement statement =
          (session.prepare << "SELECT s.user_id, s.room_id FROM room_seats s JOIN rooms r ON r.id = s.room_id WHERE "
                              "r.visibility <> 2 AND s.user_id IN ("
                           << list << ")",
           soci::into(user), soci::into(id));
      statement.execute(false);
      while (statement.fetch()) found[user] = id;
    });
    return {};
  });
  if (!done) return done.error();
  return found;
}

result<RoomId> Rooms::find_link(std::string_view code) {
  RoomId found = 0;
  const std::string text(code);
  auto done = database_.read([&](soci::session& session) -> result<void> {
    found = 0;
    long long id = 0;
    soci::statement statement =
        (session.prepare << "SELECT room_id FROM room_links WHERE code = :code", soci::use(text), soci::into(id));
    statement.execute(false);
    while (statement.fetch()) found = id;
    return {};
  });
  if (!done) return done.error();
  return found;
}

result<std::vector<RoomId>> Rooms::open_rooms(std::string_view game_key, std::size_t limit) {
  std::vector<RoomId> found;
  const std::string key(game_key);
  auto done = database_.read([&](soci::session& session) -> result<void> {
    found = room_rows::open_rooms(session, key, limit);
    return {};
  });
  if (!done) return done.error();
  return found;
}

result<std::vector<Rooms::Held>> Rooms::select_held(const std::string& rest) {
  std::vector<Held> found;
  auto done = database_.read([&](soci::session& session) -> result<void> {
    found.clear();
    long long user = 0, id = 0, dropped_at = 0;
    soci::statement statement =
        (session.prepare << "SELECT user_id, room_id, dropped_at FROM room_seats WHERE " << rest, soci::into(user),
         soci::into(id), soci::into(dropped_at));
    statement.execute(false);
    while (statement.fetch()) found.push_back({user, id, dropped_at});
    return {};
  });
  if (!done) return done.error();
  return found;
}

result<std::vector<Rooms::Held>> Rooms::held_by(std::span<const UserId> users) {
  std::vector<Held> found;
  std::optional<core::Error> failure;
  for_each_id_list(users, [&](const std::string& list) {
    auto some = select_held("user_id IN (" + list + ")");
    if (some) {
      found.insert(found.end(), some->begin(), some->end());
    } else {
      failure = some.error();
    }
  });
  if (failure) return *failure;
  return found;
}

result<std::vector<Rooms::Held>> Rooms::seats(UserId after, std::size_t limit) {
  std::string rest("user_id > ");
  rest.append(std::to_string(after)).append(" ORDER BY user_id LIMIT ").append(std::to_string(limit));
  return select_held(rest);
}

result<std::vector<Rooms::Held>> Rooms::kept_since(Timestamp time, std::size_t limit) {
  std::string rest("dropped_at > 0 AND dropped_at <= ");
  rest.append(std::to_string(time)).append(" ORDER BY dropped_at LIMIT ").append(std::to_string(limit));
  return select_held(rest);
}

result<std::vector<RoomId>> Rooms::deserted(std::size_t limit) {
  std::vector<RoomId> found;
  auto done = database_.read([&](soci::session& session) -> result<void> {
    found = numbers(session,
                    "SELECT id FROM rooms WHERE closed_at = 0 AND player_count = 0 LIMIT " + std::to_string(limit));
    return {};
  });
  if (!done) return done.error();
  return found;
}

result<std::vector<Rooms::Changed>> Rooms::changed(Timestamp since, RoomId after, std::size_t limit) {
  std::vector<Changed> found;
  auto done = database_.read([&](soci::session& session) -> result<void> {
    found.clear();
    room::Listing row;
    long long id = 0, owner = 0, max_players = 0, players = 0, created_at = 0, changed_at = 0, closed_at = 0,
              version = 0;
    int status = 0, visibility = 0, has_password = 0;
    soci::statement statement =
        (session.prepare << "SELECT id, name, game, game_key, owner_id, status, visibility, max_players, player_count, "
                            "CASE WHEN password_hash = '' THEN 0 ELSE 1 END, created_at, changed_at, closed_at, "
                            "version FROM rooms WHERE id > "
                         << after << (since == 0 ? " AND closed_at = " : " AND changed_at >= ") << since
                         << " ORDER BY id LIMIT " << limit,
         soci::into(id), soci::into(row.name), soci::into(row.game), soci::into(row.game_key), soci::into(owner),
         soci::into(status), soci::into(visibility), soci::into(max_players), soci::into(players),
         soci::into(has_password), soci::into(created_at), soci::into(changed_at), soci::into(closed_at),
         soci::into(version));
    statement.execute(false);
    while (statement.fetch()) {
      row.id = id;
      row.owner_id = owner;
      row.status = static_cast<room::Status>(status);
      row.visibility = static_cast<room::Visibility>(visibility);
      row.max_players = static_cast<std::size_t>(max_players);
      row.player_count = static_cast<std::size_t>(players);
      row.has_password = has_password != 0;
      row.closed = closed_at != 0;
      row.created_at = created_at;
      row.version = version;
      found.push_back({row, changed_at});
    }
    return {};
  });
  if (!done) return done.error();
  return found;
}

result<void> Rooms::forget(UserId user) {
  return database_.write([&](soci::session& session) -> result<void> {
    session << "DELETE FROM room_guests WHERE user_id = " << user;
    return {};
  });
}

result<void> Rooms::purge(Timestamp time) {
  return database_.write([&](soci::session& session) -> result<void> {
    session << "DELETE FROM rooms WHERE closed_at > 0 AND closed_at < " << time;
    session << "DELETE FROM room_games";
    return {};
  });
}

}  // namespace netherlink::store::sql
