#include "store/sql/contacts.hpp"

#include <soci/soci.h>

#include <algorithm>
#include <map>
#include <string>

#include "store/sql/id_list.hpp"
#include "store/sql/insert_new.hpp"
#include "store/sql/numbers.hpp"

namespace netherlink::store::sql {
namespace {

using core::result;
using core::UserId;
using friends::ContactRepository;
using friends::Standing;
using Seen = ContactRepository::Seen;

using Standings = std::unordered_map<UserId, Standing>;

void read_standings(soci::session& session, UserId viewer, const std::string& list, Standings& standings) {
  const auto own = std::to_string(viewer);
  for (const UserId user : numbers(session, "SELECT id FROM users WHERE deleted_at = 0 AND id IN (" + list + ")")) {
    standings[user].exists = true;
  }
  const std::string blocks[] = {
      "SELECT blocked_id FROM blocks WHERE user_id = " + own + " AND blocked_id IN (" + list + ")",
      "SELECT user_id FROM blocks WHERE blocked_id = " + own + " AND user_id IN (" + list + ")"};
  for (const auto& query : blocks) {
    for (const UserId user : numbers(session, query)) standings[user].blocked = true;
  }
  std::string friends("SELECT friend_id FROM friendships WHERE user_id = ");
  friends.append(own).append(" AND friend_id IN (").append(list).append(")");
  for (const UserId user : numbers(session, friends)) {
    standings[user].friends = true;
  }
  long long user = 0;
  int friends_only = 0, shows_presence = 0;
  soci::statement statement =
      (session.prepare << "SELECT user_id, direct_messages_from, show_presence FROM preferences WHERE user_id IN ("
                       << list << ")",
       soci::into(user), soci::into(friends_only), soci::into(shows_presence));
  statement.execute(false);
  while (statement.fetch()) {
    standings[user].friends_only = friends_only != 0;
    standings[user].shows_presence = shows_presence != 0;
  }
}

std::vector<Seen> select_seen(soci::session& session, const std::string& list) {
  std::vector<Seen> found;
  long long user = 0, at = 0;
  soci::statement statement =
      (session.prepare << "SELECT user_id, seen_at FROM last_seen WHERE user_id IN (" << list << ")", soci::into(user),
       soci::into(at));
  statement.execute(false);
  while (statement.fetch()) found.push_back({user, at});
  return found;
}

}  // namespace

result<std::vector<Standing>> Contacts::standings(UserId viewer, std::span<const UserId> targets) {
  Standings found;
  std::vector<Standing> standings;
  if (targets.empty()) return standings;
  auto done = database_.read([&](soci::session& session) -> result<void> {
    found.clear();
    for_each_id_list(targets, [&](const std::string& list) { read_standings(session, viewer, list, found); });
    return {};
  });
  if (!done) return done.error();
  for (const UserId target : targets) {
    standings.push_back(found[target]);
    standings.back().target = target;
  }
  return standings;
}

result<std::unordered_map<UserId, ContactRepository::Audience>> Contacts::audiences(std::span<const UserId> users) {
  std::unordered_map<UserId, Audience> found;
  if (users.empty()) return found;
  auto done = database_.read([&](soci::session& session) -> result<void> {
    found.clear();
    for_each_id_list(users, [&](const std::string& list) {
      for (const UserId user :
           numbers(session, "SELECT user_id FROM preferences WHERE show_presence = 0 AND user_id IN (" + list + ")")) {
        found[user].shows_presence = false;
      }
      long long user = 0, other = 0;
      soci::statement statement =
          (session.prepare << "SELECT user_id, friend_id FROM friendships WHERE user_id IN (" << list << ")",
           soci::into(user), soci::into(other));
      statement.execute(false);
      while (statement.fetch()) found[user].friends.push_back(other);
    });
    return {};
  });
  if (!done) return done.error();
  return found;
}

result<void> Contacts::note_seen(std::span<const Seen> seen) {
  if (seen.empty()) return {};
  return database_.write([&](soci::session& session) -> result<void> {
    // In the order of ids, so that two replicas do not wait for each other.
    std::map<UserId, core::Timestamp> newest;
    for (const auto& one : seen) newest[one.user] = std::max(newest[one.user], one.at);
    for (const auto& one : newest) {
      const auto user = one.first;
      const auto at = one.second;
      soci::statement update = (session.prepare << "UPDATE last_seen SET seen_at = " << at
                                                << " WHERE user_id = " << user << " AND seen_at < " << at);
      update.execute(true);
      if (update.get_affected_rows() > 0) continue;
      insert_new(database_, [&] {
        session << "INSERT INTO last_seen (user_id, seen_at) SELECT id, " << at << " FROM users WHERE id = " << user
                << " AND deleted_at = 0";
      });
    }
    return {};
  });
}

result<std::vector<Seen>> Contacts::last_seen(std::span<const UserId> users) {
  std::vector<Seen> found;
  if (users.empty()) return found;
  auto done = database_.read([&](soci::session& session) -> result<void> {
    found.clear();
    for_each_id_list(users, [&](const std::string& list) {
      const auto rows = select_seen(session, list);
      found.insert(found.end(), rows.begin(), rows.end());
    });
    return {};
  });
  if (!done) return done.error();
  return found;
}

}  // namespace netherlink::store::sql
