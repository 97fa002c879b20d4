// Lists of devices, their end, and whom they concern.
#include <algorithm>
#include <map>
#include <set>

#include "netherlink/im/types.hpp"
#include "store/sql/change.hpp"
#include "store/sql/e2e_keys.hpp"
#include "store/sql/e2e_rows.hpp"
#include "store/sql/id_list.hpp"
#include "store/sql/numbers.hpp"
#include "store/sql/user_lock.hpp"

namespace netherlink::store::sql {
namespace {

using core::result;
using e2e::DeviceId;
using e2e::UserId;

/// Ids of groups and rooms, and nothing else, lie between the two (of memberships `b`).
constexpr std::string_view of_many = "b.conversation_id > 'group_' AND b.conversation_id < 'single_'";

std::vector<UserId> single_peers(soci::session& session, UserId user, std::size_t most) {
  std::vector<UserId> peers;
  std::string id;
  soci::statement statement = (session.prepare << "SELECT conversation_id FROM memberships WHERE user_id = " << user
                                               << " AND conversation_id > 'single_' AND conversation_id < 'single`' "
                                                  "ORDER BY joined_at DESC LIMIT "
                                               << most,
                               soci::into(id));
  statement.execute(false);
  while (statement.fetch()) {
    const auto conversation = im::ConversationId::parse(id);
    const auto peer = conversation ? conversation->peer_of(user) : 0;
    if (peer != 0) peers.push_back(peer);
  }
  return peers;
}

std::set<UserId> blocked(soci::session& session, UserId user) {
  const auto own = std::to_string(user);
  std::string query("SELECT blocked_id FROM blocks WHERE user_id = ");
  query.append(own).append(" UNION SELECT user_id FROM blocks WHERE blocked_id = ").append(own);
  const auto found = numbers(session, query);
  return {found.begin(), found.end()};
}

}  // namespace

result<std::optional<e2e::Device>> E2eKeys::of_session(e2e::SessionId id) {
  std::optional<e2e::Device> found;
  auto done = database_.read([&](soci::session& session) -> result<void> {
    found.reset();
    auto rows = e2e_rows::select(session, "d.session_id = " + std::to_string(id));
    if (!rows.empty()) found = std::move(rows.front().device);
    return {};
  });
  if (!done) return done.error();
  return found;
}

result<e2e::DeviceList> E2eKeys::devices(UserId user) {
  e2e::DeviceList list;
  auto done = database_.read([&](soci::session& session) -> result<void> {
    list = {};
    // The version first: a list that is newer than it says is read once more, an older one would never be.
    list.version = e2e_rows::version_of(session, user);
    for (auto& row : e2e_rows::select(session, "d.user_id = " + std::to_string(user))) {
      list.devices.push_back(std::move(row.device));
    }
    return {};
  });
  if (!done) return done.error();
  return list;
}

result<std::vector<e2e::KeyRepository::Removal>> E2eKeys::remove(std::span<const DeviceId> devices) {
  std::vector<Removal> removed;
  if (devices.empty()) return removed;
  std::vector<UserId> users;
  auto read = database_.read([&](soci::session& session) -> result<void> {
    users = numbers(session, "SELECT DISTINCT user_id FROM e2e_devices WHERE id IN (" + id_list(devices) + ")");
    return {};
  });
  if (!read) return read.error();
  for (const auto user : users) {
    Removal change{user, 0};
    auto done = database_.write([&](soci::session& session) -> result<void> {
      change.version = 0;
      lock_user(session, user);  // of a deleted account, too: then nobody else publishes anyway
      const auto own = numbers(session, "SELECT id FROM e2e_devices WHERE id IN (" + id_list(devices) +
                                            ") AND user_id = " + std::to_string(user));
      if (own.empty()) return {};
      for (const auto device : own) e2e_rows::erase(session, device);
      change.version = e2e_rows::raise_version(database_, session, user);
      return {};
    });
    if (!done) return done.error();
    if (change.version != 0) removed.push_back(change);
  }
  return removed;
}

result<std::vector<e2e::KeyRepository::Removal>> E2eKeys::remove_sessions(std::span<const e2e::SessionId> sessions) {
  std::vector<DeviceId> devices;
  auto read = database_.read([&](soci::session& session) -> result<void> {
    devices.clear();
    for_each_id_list(sessions, [&](const std::string& list) {
      const auto found = numbers(session, "SELECT id FROM e2e_devices WHERE session_id IN (" + list + ")");
      devices.insert(devices.end(), found.begin(), found.end());
    });
    return {};
  });
  if (!read) return read.error();
  return remove(devices);
}

result<void> E2eKeys::remove_user(UserId user) {
  std::vector<DeviceId> devices;
  auto read = database_.read([&](soci::session& session) -> result<void> {
    devices = numbers(session, "SELECT id FROM e2e_devices WHERE user_id = " + std::to_string(user));
    return {};
  });
  if (!read) return read.error();
  const auto removed = remove(devices);
  if (!removed) return removed.error();
  return {};
}

result<e2e::KeyRepository::Sweep> E2eKeys::remove_ended(DeviceId after, std::size_t limit) {
  Sweep sweep;
  std::vector<DeviceId> ended;
  auto read = database_.read([&](soci::session& session) -> result<void> {
    const auto looked_at = numbers(session, "SELECT id FROM e2e_devices WHERE id > " + std::to_string(after) +
                                                " ORDER BY id LIMIT " + std::to_string(limit));
    sweep.last = looked_at.size() < limit ? 0 : looked_at.back();
    ended.clear();
    for_each_id_list(looked_at, [&](const std::string& list) {
      const auto over =
          numbers(session, "SELECT d.id FROM e2e_devices d WHERE d.id IN (" + list + ") AND NOT " + e2e_rows::alive());
      ended.insert(ended.end(), over.begin(), over.end());
    });
    return {};
  });
  if (!read) return read.error();
  auto removed = remove(ended);
  if (!removed) return removed.error();
  sweep.removed = std::move(*removed);
  return sweep;
}

result<std::vector<UserId>> E2eKeys::companions(UserId user, std::span<const UserId> others) {
  std::vector<UserId> found;
  if (others.empty()) return found;
  auto done = database_.read([&](soci::session& session) -> result<void> {
    found.clear();
    for_each_id_list(others, [&](const std::string& list) {
      std::string query("SELECT DISTINCT b.user_id FROM memberships a JOIN memberships b ON ");
      query.append("b.conversation_id = a.conversation_id WHERE a.user_id = ").append(std::to_string(user));
      query.append(" AND b.user_id IN (").append(list).append(") AND ").append(of_many);
      const auto some = numbers(session, query);
      found.insert(found.end(), some.begin(), some.end());
    });
    return {};
  });
  if (!done) return done.error();
  return found;
}

result<std::vector<UserId>> E2eKeys::circle(UserId user, std::size_t most) {
  std::vector<UserId> circle;
  auto done = database_.read_recent([&](soci::session& session) -> result<void> {
    circle.clear();
    auto seen = blocked(session, user);
    seen.insert(user);
    const auto add = [&](const std::vector<UserId>& people) {
      for (const auto one : people) {
        if (circle.size() < most && seen.insert(one).second) circle.push_back(one);
      }
    };
    const auto own = std::to_string(user), limit = std::to_string(most + seen.size());
    add(numbers(session, "SELECT friend_id FROM friendships WHERE user_id = " + own + " LIMIT " + limit));
    if (circle.size() < most) add(single_peers(session, user, most));
    if (circle.size() >= most) return {};
    std::string query("SELECT DISTINCT b.user_id FROM memberships a JOIN memberships b ON ");
    query.append("b.conversation_id = a.conversation_id WHERE a.user_id = ").append(own).append(" AND ");
    query.append(of_many).append(" LIMIT ").append(std::to_string(most + seen.size()));
    add(numbers(session, query));
    return {};
  });
  if (!done) return done.error();
  return circle;
}

}  // namespace netherlink::store::sql
