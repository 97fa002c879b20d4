// Keys and nodes of the virtual LAN.
#include <soci/soci.h>

#include <algorithm>

#include "store/sql/id_list.hpp"
#include "store/sql/numbers.hpp"
#include "store/sql/vpn.hpp"
#include "store/sql/vpn_rows.hpp"

namespace netherlink::store::sql {
namespace {

using core::result;
using core::SessionId;
using core::Timestamp;
using core::UserId;
using vpn::Node;
using vpn::RoomId;
using vpn_rows::change;
using vpn_rows::texts;
using vpn_rows::touch;

/// Nobody ends the session before this transaction does. False: it is over.
bool lock_session(soci::session& session, SessionId id, UserId user) {
  const auto key = static_cast<long long>(id), owner = static_cast<long long>(user);
  return change(session,
                "UPDATE sessions SET last_seen_at = last_seen_at + 1 WHERE id = :id AND user_id = :user AND "
                "revoked_at = 0",
                key, owner) > 0;
}

void insert(soci::session& session, const Node& node) {
  const auto key = static_cast<long long>(node.key_id), user = static_cast<long long>(node.user_id),
             own_session = static_cast<long long>(node.session_id), owner = static_cast<long long>(node.control_user),
             issued = static_cast<long long>(node.issued_at), handed = static_cast<long long>(node.handed_at),
             expires = static_cast<long long>(node.expires_at);
  change(session, "DELETE FROM vpn_nodes WHERE cell = :cell AND key_id = :key_id", node.cell, key);
  change(session,
         "INSERT INTO vpn_nodes (cell, key_id, user_id, device, session_id, control_user, node_id, address, online, "
         "issued_at, handed_at, expires_at, removed_at) VALUES (:cell, :key_id, :user_id, :device, :session_id, "
         ":control_user, 0, '', 0, :issued_at, :handed_at, :expires_at, 0)",
         node.cell, key, user, node.device, own_session, owner, issued, handed, expires);
}

/// The devices of a person in a cell, the one that asked for a key longest ago first.
std::vector<std::string> devices_of(soci::session& session, const std::string& cell, UserId user) {
  std::vector<std::string> found;
  std::string device;
  const auto id = static_cast<long long>(user);
  soci::statement statement =
      (session.prepare << "SELECT device FROM vpn_nodes WHERE cell = :cell AND user_id = :user AND removed_at = 0 "
                          "GROUP BY device ORDER BY MAX(issued_at), device",
       soci::use(cell), soci::use(id), soci::into(device));
  statement.execute(false);
  while (statement.fetch()) found.push_back(device);
  return found;
}

void drop_surplus(const Database& database, soci::session& session, const Node& node, std::size_t max_devices) {
  auto devices = devices_of(session, node.cell, node.user_id);
  if (devices.size() <= max_devices) return;
  const auto user = static_cast<long long>(node.user_id);
  devices.resize(devices.size() - max_devices);
  for (const auto& device : devices) {
    change(session,
           "UPDATE vpn_nodes SET removed_at = " + std::string(database.now_ms()) +
               " WHERE cell = :cell AND user_id = :user AND device = :device AND removed_at = 0",
           node.cell, user, device);
  }
  touch(database, session, node.cell);
}

/// A device is one node in one cell: what it was before is to be removed.
void replace_older(const Database& database, soci::session& session, const Node& node) {
  const auto user = static_cast<long long>(node.user_id), key = static_cast<long long>(node.key_id),
             id = static_cast<long long>(node.node_id);
  change(session, "DELETE FROM vpn_nodes WHERE cell = :cell AND node_id = :node_id AND key_id <> :key_id", node.cell,
         id, key);
  std::vector<std::string> cells;
  std::string cell;
  soci::statement statement =
      (session.prepare << "SELECT DISTINCT cell FROM vpn_nodes WHERE user_id = :user AND device = :device AND "
                          "node_id <> 0 AND removed_at = 0 AND NOT (cell = :cell AND key_id = :key_id) ORDER BY cell",
       soci::use(user), soci::use(node.device), soci::use(node.cell), soci::use(key), soci::into(cell));
  statement.execute(false);
  while (statement.fetch()) cells.push_back(cell);
  if (cells.empty()) return;
  change(session,
         "UPDATE vpn_nodes SET removed_at = " + std::string(database.now_ms()) +
             " WHERE user_id = :user AND device = :device AND node_id <> 0 AND removed_at = 0 AND NOT (cell = :cell "
             "AND key_id = :key_id)",
         user, node.device, node.cell, key);
  for (const auto& one : cells) touch(database, session, one);
}

}  // namespace

result<void> Vpn::add(const Node& node, std::size_t max_devices) {
  return database_.write([&](soci::session& session) -> result<void> {
    if (!lock_session(session, node.session_id, node.user_id)) return errors::auth_session_revoked;
    insert(session, node);
    drop_surplus(database_, session, node, max_devices);
    return {};
  });
}

result<void> Vpn::handed(const std::string& cell, std::int64_t key_id, Timestamp now) {
  return database_.write([&](soci::session& session) -> result<void> {
    const auto key = static_cast<long long>(key_id), at = static_cast<long long>(now);
    change(session, "UPDATE vpn_nodes SET handed_at = :now WHERE cell = :cell AND key_id = :key_id", at, cell, key);
    return {};
  });
}

result<std::vector<Node>> Vpn::nodes(const std::string& cell) {
  std::vector<Node> found;
  auto done = database_.read([&](soci::session& session) -> result<void> {
    found.clear();
    Node row;
    long long key = 0, user = 0, own_session = 0, owner = 0, node = 0, issued = 0, handed = 0, expires = 0, removed = 0;
    int online = 0;
    soci::statement statement =
        (session.prepare << "SELECT key_id, user_id, device, session_id, control_user, node_id, address, online, "
                            "issued_at, handed_at, expires_at, removed_at FROM vpn_nodes WHERE cell = :cell",
         soci::use(cell), soci::into(key), soci::into(user), soci::into(row.device), soci::into(own_session),
         soci::into(owner), soci::into(node), soci::into(row.address), soci::into(online), soci::into(issued),
         soci::into(handed), soci::into(expires), soci::into(removed));
    statement.execute(false);
    row.cell = cell;
    while (statement.fetch()) {
      row.key_id = key;
      row.user_id = user;
      row.session_id = own_session;
      row.control_user = owner;
      row.node_id = node;
      row.online = online != 0;
      row.issued_at = issued;
      row.handed_at = handed;
      row.expires_at = expires;
      row.removed_at = removed;
      found.push_back(row);
    }
    return {};
  });
  if (!done) return done.error();
  return found;
}

result<std::string> Vpn::device_of(SessionId id) {
  std::optional<std::string> device;
  auto done = database_.read([&](soci::session& session) -> result<void> {
    const auto found =
        texts(session, "SELECT device_id FROM sessions WHERE revoked_at = 0 AND id = " + std::to_string(id));
    if (!found.empty()) device = found.front();
    return {};
  });
  if (!done) return done.error();
  if (!device) return errors::auth_session_revoked;
  return *device;
}

result<void> Vpn::seen(std::span<const Node> nodes) {
  if (nodes.empty()) return {};
  return database_.write([&](soci::session& session) -> result<void> {
    for (const auto& node : nodes) {
      const auto key = static_cast<long long>(node.key_id), id = static_cast<long long>(node.node_id);
      const int online = node.online ? 1 : 0;
      change(session,
             "UPDATE vpn_nodes SET node_id = :node_id, address = :address, online = :online WHERE cell = :cell AND "
             "key_id = :key_id",
             id, node.address, online, node.cell, key);
      replace_older(database_, session, node);
    }
    return {};
  });
}

result<void> Vpn::drop(const std::string& cell, std::span<const std::int64_t> key_ids) {
  if (key_ids.empty()) return {};
  return database_.write([&](soci::session& session) -> result<void> {
    for_each_id_list(key_ids, [&](const std::string& list) {
      change(session, "DELETE FROM vpn_nodes WHERE cell = :cell AND key_id IN (" + list + ")", cell);
    });
    return {};
  });
}

result<void> Vpn::drop_all(const std::string& cell) {
  return database_.write([&](soci::session& session) -> result<void> {
    change(session, "DELETE FROM vpn_nodes WHERE cell = :cell", cell);
    return {};
  });
}

result<void> Vpn::remove_where(const std::string& where, bool account_gone) {
  return database_.write([&](soci::session& session) -> result<void> {
    const auto cells =
        texts(session, "SELECT DISTINCT cell FROM vpn_nodes WHERE removed_at = 0 AND (" + where + ") ORDER BY cell");
    std::string update("UPDATE vpn_nodes SET removed_at = CASE WHEN removed_at = 0 THEN ");
    update.append(database_.now_ms()).append(" ELSE removed_at END");
    if (account_gone) update.append(", session_id = 0");
    change(session, update.append(" WHERE ").append(where));
    for (const auto& cell : cells) touch(database_, session, cell);
    return {};
  });
}

result<void> Vpn::remove_sessions(std::span<const SessionId> sessions) {
  result<void> done;
  for_each_id_list(sessions, [&](const std::string& list) {
    if (done) done = remove_where("session_id IN (" + list + ")");
  });
  return done;
}

result<void> Vpn::remove_user(UserId user) {
  return remove_where("user_id = " + std::to_string(user), true);
}

result<void> Vpn::remove_ended(const std::string& cell) {
  std::vector<std::int64_t> ended;
  auto found = database_.read([&](soci::session& session) -> result<void> {
    ended.clear();
    long long key = 0;
    // Sessions whose refresh token ran out are over too, whether somebody ended them or not.
    soci::statement statement =
        (session.prepare << "SELECT n.key_id FROM vpn_nodes n LEFT JOIN sessions s ON s.id = n.session_id AND "
                            "s.revoked_at = 0 AND s.expires_at > "
                         << database_.now_ms() << " WHERE n.cell = :cell AND n.removed_at = 0 AND s.id IS NULL",
         soci::use(cell), soci::into(key));
    statement.execute(false);
    while (statement.fetch()) ended.push_back(key);
    return {};
  });
  if (!found || ended.empty()) return found;
  return database_.write([&](soci::session& session) -> result<void> {
    for_each_id_list(ended, [&](const std::string& list) {
      std::string update("UPDATE vpn_nodes SET removed_at = ");
      update.append(database_.now_ms()).append(" WHERE cell = :cell AND removed_at = 0 AND key_id IN (");
      change(session, update.append(list).append(")"), cell);
    });
    touch(database_, session, cell);
    return {};
  });
}

result<std::vector<std::pair<RoomId, vpn::Peer>>> Vpn::peers(std::span<const RoomId> rooms) {
  std::vector<std::pair<RoomId, vpn::Peer>> found;
  auto done = database_.read([&](soci::session& session) -> result<void> {
    found.clear();
    for_each_id_list(rooms, [&](const std::string& list) {
      vpn::Peer row;
      long long room = 0, user = 0;
      int online = 0;
      soci::statement statement =
          (session.prepare << "SELECT s.room_id, n.user_id, n.device, n.address, n.online FROM room_seats s "
                              "JOIN vpn_rooms r ON r.room_id = s.room_id "
                              "JOIN vpn_nodes n ON n.cell = r.cell AND n.user_id = s.user_id "
                              "WHERE n.node_id <> 0 AND n.removed_at = 0 AND s.room_id IN ("
                           << list << ") ORDER BY s.room_id, n.user_id, n.device",
           soci::into(room), soci::into(user), soci::into(row.device), soci::into(row.address), soci::into(online));
      statement.execute(false);
      while (statement.fetch()) {
        row.user_id = user;
        row.online = online != 0;
        found.emplace_back(room, row);
      }
    });
    return {};
  });
  if (!done) return done.error();
  return found;
}

}  // namespace netherlink::store::sql
