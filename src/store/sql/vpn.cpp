#include "store/sql/vpn.hpp"

#include <soci/soci.h>

#include <algorithm>
#include <map>

#include "store/sql/id_list.hpp"
#include "store/sql/insert_new.hpp"
#include "store/sql/numbers.hpp"
#include "store/sql/vpn_rows.hpp"

namespace netherlink::store::sql {
namespace {

using core::result;
using core::UserId;
using std::chrono::milliseconds;
using vpn::RoomId;
using vpn_rows::change;
using vpn_rows::texts;
using vpn_rows::touch;

std::string plus(std::string_view now, milliseconds ttl) {
  return std::string(now).append(" + ").append(std::to_string(ttl.count()));
}

std::string cell_in(soci::session& session, RoomId room) {
  const auto found = texts(session, "SELECT cell FROM vpn_rooms WHERE room_id = " + std::to_string(room));
  return found.empty() ? std::string() : found.front();
}

std::vector<UserId> seats_of(soci::session& session, RoomId room) {
  return numbers(session,
                 "SELECT user_id FROM room_seats WHERE room_id = " + std::to_string(room) + " ORDER BY user_id");
}

using Circles = std::map<RoomId, vpn::Circle>;

void read_members(soci::session& session, const std::string& cell, Circles& circles) {
  long long room = 0, user = 0;
  soci::statement statement =
      (session.prepare << "SELECT s.room_id, s.user_id FROM vpn_rooms r JOIN room_seats s ON s.room_id = r.room_id "
                          "WHERE r.cell = :cell ORDER BY s.room_id, s.user_id",
       soci::use(cell), soci::into(room), soci::into(user));
  statement.execute(false);
  while (statement.fetch()) {
    auto& circle = circles[room];
    circle.room = room;
    circle.members.push_back(user);
  }
}

void read_apart(soci::session& session, const std::string& cell, Circles& circles) {
  long long room = 0, one = 0, other = 0;
  soci::statement statement =
      (session.prepare << "SELECT r.room_id, b.user_id, b.blocked_id FROM vpn_rooms r "
                          "JOIN room_seats s ON s.room_id = r.room_id JOIN blocks b ON b.user_id = s.user_id "
                          "JOIN room_seats t ON t.user_id = b.blocked_id AND t.room_id = r.room_id "
                          "WHERE r.cell = :cell",
       soci::use(cell), soci::into(room), soci::into(one), soci::into(other));
  statement.execute(false);
  while (statement.fetch()) circles[room].apart.emplace_back(std::min(one, other), std::max(one, other));
  for (auto& [id, circle] : circles) {
    std::ranges::sort(circle.apart);
    circle.apart.erase(std::unique(circle.apart.begin(), circle.apart.end()), circle.apart.end());
  }
}

}  // namespace

result<void> Vpn::ensure_cells(std::span<const std::string> cells) {
  for (const auto& cell : cells) {
    auto done = database_.write([&](soci::session& session) -> result<void> {
      insert_new(database_, [&] {
        session << "INSERT INTO vpn_cells (cell, holder, epoch, expires_at, wanted, applied, behind_since, down_since) "
                   "VALUES (:cell, '', 0, 0, 1, -1, 0, 0)",
            soci::use(cell);
      });
      return {};
    });
    if (!done) return done;
  }
  return {};
}

result<std::vector<vpn::CellState>> Vpn::cells() {
  std::vector<vpn::CellState> found;
  auto done = database_.read([&](soci::session& session) -> result<void> {
    found.clear();
    vpn::CellState row;
    long long wanted = 0, applied = 0, behind = 0, down = 0;
    int kept = 0;
    soci::statement statement =
        (session.prepare << "SELECT cell, wanted, applied, behind_since, down_since, CASE WHEN holder <> '' AND "
                            "expires_at > "
                         << database_.now_ms() << " THEN 1 ELSE 0 END FROM vpn_cells ORDER BY cell",
         soci::into(row.name), soci::into(wanted), soci::into(applied), soci::into(behind), soci::into(down),
         soci::into(kept));
    statement.execute(false);
    while (statement.fetch()) {
      row.wanted = wanted;
      row.applied = applied;
      row.behind_since = behind;
      row.down_since = down;
      row.kept = kept != 0;
      found.push_back(row);
    }
    return {};
  });
  if (!done) return done.error();
  return found;
}

result<std::optional<vpn::Lease>> Vpn::acquire(const std::string& cell, const std::string& holder, milliseconds ttl) {
  std::optional<vpn::Lease> lease;
  auto done = database_.write([&](soci::session& session) -> result<void> {
    lease.reset();
    const std::string now(database_.now_ms());
    const auto taken =
        change(session,
               "UPDATE vpn_cells SET holder = :holder, epoch = epoch + 1, expires_at = " + plus(now, ttl) +
                   " WHERE cell = :cell AND expires_at < " + now,
               holder, cell);
    if (taken == 0) return {};
    long long epoch = 0;
    session << "SELECT epoch FROM vpn_cells WHERE cell = :cell", soci::use(cell), soci::into(epoch);
    lease = vpn::Lease{cell, holder, epoch};
    return {};
  });
  if (!done) return done.error();
  return lease;
}

result<bool> Vpn::renew(const vpn::Lease& lease, milliseconds ttl) {
  bool held = false;
  auto done = database_.write([&](soci::session& session) -> result<void> {
    const auto epoch = static_cast<long long>(lease.epoch);
    held = change(session,
                  "UPDATE vpn_cells SET expires_at = " + plus(database_.now_ms(), ttl) +
                      " WHERE cell = :cell AND holder = :holder AND epoch = :epoch",
                  lease.cell, lease.holder, epoch) > 0;
    return {};
  });
  if (!done) return done.error();
  return held;
}

result<void> Vpn::release(const vpn::Lease& lease) {
  return database_.write([&](soci::session& session) -> result<void> {
    const auto epoch = static_cast<long long>(lease.epoch);
    change(session,
           "UPDATE vpn_cells SET holder = '', expires_at = 0 WHERE cell = :cell AND holder = :holder AND "
           "epoch = :epoch",
           lease.cell, lease.holder, epoch);
    return {};
  });
}

result<bool> Vpn::applied(const vpn::Lease& lease, std::int64_t revision) {
  bool held = false;
  auto done = database_.write([&](soci::session& session) -> result<void> {
    const auto epoch = static_cast<long long>(lease.epoch);
    const std::string number = std::to_string(revision), now(database_.now_ms());
    change(session,
           "UPDATE vpn_cells SET behind_since = CASE WHEN wanted = " + number + " THEN 0 ELSE " + now +
               " END, applied = " + number + " WHERE cell = :cell AND holder = :holder AND epoch = :epoch",
           lease.cell, lease.holder, epoch);
    // Not by the rows that were changed: a server may leave out those that were like that before.
    long long count = 0;
    session << "SELECT COUNT(*) FROM vpn_cells WHERE cell = :cell AND holder = :holder AND epoch = :epoch",
        soci::use(lease.cell), soci::use(lease.holder), soci::use(epoch), soci::into(count);
    held = count > 0;
    return {};
  });
  if (!done) return done.error();
  return held;
}

result<void> Vpn::note_down(const std::string& cell, core::Timestamp since) {
  return database_.write([&](soci::session& session) -> result<void> {
    change(session, "UPDATE vpn_cells SET down_since = " + std::to_string(since) + " WHERE cell = :cell", cell);
    return {};
  });
}

result<Vpn::Work> Vpn::work(const std::string& cell, core::Timestamp expected_since) {
  Work work;
  auto done = database_.read([&](soci::session& session) -> result<void> {
    long long wanted = 0, applied = 0, expected = 0, removals = 0;
    session << "SELECT wanted, applied FROM vpn_cells WHERE cell = :cell", soci::use(cell), soci::into(wanted),
        soci::into(applied);
    session << "SELECT COALESCE(SUM(CASE WHEN removed_at = 0 AND node_id = 0 AND handed_at > " << expected_since
            << " THEN 1 ELSE 0 END), 0), COALESCE(SUM(CASE WHEN removed_at > 0 THEN 1 ELSE 0 END), 0) FROM vpn_nodes "
               "WHERE cell = :cell",
        soci::use(cell), soci::into(expected), soci::into(removals);
    work = {wanted, applied < 0, expected, removals};
    return {};
  });
  if (!done) return done.error();
  return work;
}

result<std::vector<vpn::Circle>> Vpn::circles(const std::string& cell) {
  std::vector<vpn::Circle> found;
  auto done = database_.read([&](soci::session& session) -> result<void> {
    Circles circles;
    read_members(session, cell, circles);
    read_apart(session, cell, circles);
    found.clear();
    for (auto& [room, circle] : circles) {
      if (circle.members.size() >= 2) found.push_back(std::move(circle));
    }
    return {};
  });
  if (!done) return done.error();
  return found;
}

result<void> Vpn::distrust(const std::string& cell) {
  return database_.write([&](soci::session& session) -> result<void> {
    change(session, "UPDATE vpn_cells SET applied = -1 WHERE cell = :cell", cell);
    return {};
  });
}

result<std::vector<RoomId>> Vpn::touch_rooms(std::span<const RoomId> rooms) {
  std::vector<RoomId> homeless;
  if (rooms.empty()) return homeless;
  auto done = database_.write([&](soci::session& session) -> result<void> {
    homeless.clear();
    std::vector<std::string> cells;
    for_each_id_list(rooms, [&](const std::string& list) {
      const auto some = texts(session, "SELECT DISTINCT cell FROM vpn_rooms WHERE room_id IN (" + list + ")");
      cells.insert(cells.end(), some.begin(), some.end());
      const auto without = numbers(session,
                                   "SELECT s.room_id FROM room_seats s LEFT JOIN vpn_rooms r ON r.room_id = s.room_id "
                                   "WHERE r.room_id IS NULL AND s.room_id IN (" +
                                       list + ") GROUP BY s.room_id HAVING COUNT(*) > 1");
      homeless.insert(homeless.end(), without.begin(), without.end());
    });
    std::ranges::sort(cells);
    cells.erase(std::unique(cells.begin(), cells.end()), cells.end());
    for (const auto& cell : cells) touch(database_, session, cell);
    return {};
  });
  if (!done) return done.error();
  return homeless;
}

result<void> Vpn::touch_people(std::span<const UserId> users) {
  if (users.empty()) return {};
  return database_.write([&](soci::session& session) -> result<void> {
    for_each_id_list(users, [&](const std::string& list) {
      const auto cells = texts(session,
                               "SELECT DISTINCT r.cell FROM room_seats s JOIN vpn_rooms r ON r.room_id = s.room_id "
                               "WHERE s.user_id IN (" +
                                   list + ") ORDER BY r.cell");
      for (const auto& cell : cells) touch(database_, session, cell);
    });
    return {};
  });
}

result<std::vector<Vpn::Load>> Vpn::loads() {
  std::map<std::string, Load> found;
  auto done = database_.read([&](soci::session& session) -> result<void> {
    found.clear();
    for (const auto& cell : texts(session, "SELECT cell FROM vpn_cells")) found[cell].cell = cell;
    const auto count = [&](const char* query, std::int64_t Load::*member) {
      std::string cell;
      long long number = 0;
      soci::statement statement = (session.prepare << query, soci::into(cell), soci::into(number));
      statement.execute(false);
      while (statement.fetch()) found[cell].*member = number;
    };
    count("SELECT r.cell, COUNT(*) FROM vpn_rooms r JOIN room_seats s ON s.room_id = r.room_id GROUP BY r.cell",
          &Load::seats);
    count("SELECT cell, COUNT(*) FROM vpn_nodes WHERE node_id <> 0 AND removed_at = 0 GROUP BY cell", &Load::nodes);
    return {};
  });
  if (!done) return done.error();
  std::vector<Load> loads;
  loads.reserve(found.size());
  for (auto& [cell, load] : found) loads.push_back(std::move(load));
  return loads;
}

result<Vpn::Place> Vpn::place(UserId user) {
  Place place;
  auto done = database_.read([&](soci::session& session) -> result<void> {
    place = {};
    place.room = number(session, "SELECT room_id FROM room_seats WHERE user_id = " + std::to_string(user));
    if (place.room == 0) return {};
    place.members = static_cast<std::int64_t>(seats_of(session, place.room).size());
    place.cell = cell_in(session, place.room);
    return {};
  });
  if (!done) return done.error();
  return place;
}

result<std::string> Vpn::cell_of(RoomId room) {
  std::string cell;
  auto done = database_.read([&](soci::session& session) -> result<void> {
    cell = cell_in(session, room);
    return {};
  });
  if (!done) return done.error();
  return cell;
}

result<std::string> Vpn::assign(RoomId room, const std::string& from, const std::string& to) {
  std::string now_with;
  auto done = database_.write([&](soci::session& session) -> result<void> {
    const auto id = static_cast<long long>(room);
    bool moved = false;
    if (from.empty()) {
      moved = insert_new(database_, [&] {
        session << "INSERT INTO vpn_rooms (room_id, cell) VALUES (:id, :cell)", soci::use(id), soci::use(to);
      });
    } else {
      moved = change(session, "UPDATE vpn_rooms SET cell = :to WHERE room_id = :id AND cell = :from", to, id, from) > 0;
    }
    now_with = cell_in(session, room);
    if (!moved) return {};
    for (const auto& cell : {std::min(from, to), std::max(from, to)}) {
      if (!cell.empty()) touch(database_, session, cell);
    }
    return {};
  });
  if (!done) return done.error();
  return now_with;
}

result<std::vector<UserId>> Vpn::members(RoomId room) {
  std::vector<UserId> found;
  auto done = database_.read([&](soci::session& session) -> result<void> {
    found = seats_of(session, room);
    return {};
  });
  if (!done) return done.error();
  return found;
}

result<void> Vpn::purge_rooms() {
  return database_.write([&](soci::session& session) -> result<void> {
    const auto gone = numbers(session,
                              "SELECT r.room_id FROM vpn_rooms r LEFT JOIN rooms o ON o.id = r.room_id AND "
                              "o.closed_at = 0 WHERE o.id IS NULL LIMIT 500");
    if (!gone.empty()) session << "DELETE FROM vpn_rooms WHERE room_id IN (" << id_list(gone) << ")";
    return {};
  });
}

}  // namespace netherlink::store::sql
