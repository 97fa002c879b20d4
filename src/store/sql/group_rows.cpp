#include "store/sql/group_rows.hpp"

#include <soci/soci.h>

#include "store/sql/members.hpp"
#include "store/sql/numbers.hpp"

namespace netherlink::store::sql {
namespace {

using core::UserId;

// The numbers are in the databases: they stay what they are.
static_assert(static_cast<int>(im::GroupHistory::joined) == 0 && static_cast<int>(im::GroupHistory::all) == 1);
static_assert(static_cast<int>(im::GroupJoin::link) == 0 && static_cast<int>(im::GroupJoin::request) == 1 &&
              static_cast<int>(im::GroupJoin::invite) == 2);

constexpr const char* columns =
    "SELECT g.id, g.name, g.announcement, g.avatar_url, g.owner_id, g.member_count, g.history, g.join_rule, "
    "g.created_at, g.changes, (SELECT COUNT(*) FROM group_requests r WHERE r.group_id = g.id), ";

/// `query` goes on behind the columns with the role.
std::vector<im::OwnGroup> select(soci::session& session, const std::string& query) {
  std::vector<im::OwnGroup> found;
  im::OwnGroup row;
  auto& group = row.group;
  long long id = 0, owner = 0, count = 0, created_at = 0, changes = 0, requests = 0;
  int history = 0, join = 0, role = 0;
  soci::statement statement =
      (session.prepare << columns << query, soci::into(id), soci::into(group.name), soci::into(group.announcement),
       soci::into(group.avatar_url), soci::into(owner), soci::into(count), soci::into(history), soci::into(join),
       soci::into(created_at), soci::into(changes), soci::into(requests), soci::into(role));
  statement.execute(false);
  while (statement.fetch()) {
    group.id = id;
    group.owner_id = owner;
    group.member_count = count;
    group.history = static_cast<im::GroupHistory>(history);
    group.join = static_cast<im::GroupJoin>(join);
    group.created_at = created_at;
    group.version = changes;
    group.pending_requests = requests;
    row.my_role = static_cast<im::Role>(role);
    found.push_back(row);
  }
  return found;
}

}  // namespace

bool lock_group(soci::session& session, im::GroupId id) {
  soci::statement update = (session.prepare << "UPDATE im_groups SET changes = changes + 1 WHERE id = " << id);
  update.execute(true);
  return update.get_affected_rows() > 0;
}

void insert_group(soci::session& session, const im::Group& group) {
  const auto conversation = group.conversation().text;
  session << "INSERT INTO im_groups (id, conversation_id, name, announcement, avatar_url, owner_id, member_count, "
             "history, join_rule, created_at, changes) VALUES ("
          << group.id << ", :conversation, :name, :announcement, :avatar_url, " << group.owner_id << ", 0, "
          << static_cast<int>(group.history) << ", " << static_cast<int>(group.join) << ", " << group.created_at
          << ", 1)",
      soci::use(conversation), soci::use(group.name), soci::use(group.announcement), soci::use(group.avatar_url);
  set_title(session, conversation, group.name);
}

std::vector<im::OwnGroup> select_groups(soci::session& session, UserId member, const std::string& rest) {
  std::string query("m.role FROM memberships m JOIN im_groups g ON g.conversation_id = m.conversation_id WHERE ");
  query.append("m.user_id = ").append(std::to_string(member));
  query.append(" AND m.conversation_id > 'group_' AND m.conversation_id < 'group`'").append(rest);
  return select(session, query);
}

std::optional<im::Group> select_group(soci::session& session, im::GroupId id) {
  auto found = select(session, "0 FROM im_groups g WHERE g.id = " + std::to_string(id));
  if (found.empty()) return std::nullopt;
  return std::move(found.front().group);
}

std::vector<im::GroupBan> select_bans(soci::session& session, const std::string& where) {
  std::vector<im::GroupBan> found;
  long long user = 0, banned_by = 0, created_at = 0;
  soci::statement statement =
      (session.prepare << "SELECT user_id, banned_by, created_at FROM group_bans WHERE " << where, soci::into(user),
       soci::into(banned_by), soci::into(created_at));
  statement.execute(false);
  while (statement.fetch()) found.push_back({user, banned_by, created_at});
  return found;
}

std::vector<im::GroupRequest> select_requests(soci::session& session, const std::string& where) {
  std::vector<im::GroupRequest> found;
  long long user = 0, created_at = 0;
  soci::statement statement = (session.prepare << "SELECT user_id, created_at FROM group_requests WHERE " << where,
                               soci::into(user), soci::into(created_at));
  statement.execute(false);
  while (statement.fetch()) found.push_back({user, created_at});
  return found;
}

std::optional<im::GroupLink> select_link(soci::session& session, std::string_view code) {
  const std::string key(code);
  long long group = 0, created_by = 0, created_at = 0, expires_at = 0, max_uses = 0, uses = 0;
  soci::statement statement =
      (session.prepare << "SELECT group_id, created_by, created_at, expires_at, max_uses, uses FROM group_links WHERE "
                          "code = :code",
       soci::use(key), soci::into(group), soci::into(created_by), soci::into(created_at), soci::into(expires_at),
       soci::into(max_uses), soci::into(uses));
  if (!statement.execute(true)) return std::nullopt;
  return im::GroupLink{key, group, created_by, created_at, expires_at, max_uses, uses};
}

im::GroupMember to_group_member(const Member& member) {
  return {member.user_id, member.role, member.muted_until, member.joined_at};
}

}  // namespace netherlink::store::sql
