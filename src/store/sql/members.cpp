#include "store/sql/members.hpp"

#include <soci/soci.h>

#include "store/sql/id_list.hpp"
#include "store/sql/insert_new.hpp"
#include "store/sql/numbers.hpp"

namespace netherlink::store::sql {
namespace {

/// Of one conversation. SQLite uses the index of members only where its condition stands as it is.
constexpr const char* of_conversation =
    "conversation_id = :id AND conversation_id > 'group_' AND conversation_id < 'single_'";

/// Members of one conversation; `rest` holds numbers only.
std::vector<Member> select(soci::session& session, std::string_view conversation_id, const std::string& rest) {
  std::vector<Member> found;
  const std::string id(conversation_id);
  long long user = 0, muted_until = 0, joined_at = 0;
  int role = 0;
  std::string query("SELECT user_id, role, muted_until, joined_at FROM memberships WHERE ");
  query.append(of_conversation).append(rest);
  soci::statement statement = (session.prepare << query, soci::use(id), soci::into(user), soci::into(role),
                               soci::into(muted_until), soci::into(joined_at));
  statement.execute(false);
  while (statement.fetch()) found.push_back({user, static_cast<im::Role>(role), muted_until, joined_at});
  return found;
}

void set(soci::session& session, std::string_view conversation_id, core::UserId user, const char* column,
         std::int64_t value) {
  const std::string id(conversation_id);
  session << "UPDATE memberships SET " << column << " = " << value << " WHERE user_id = " << user
          << " AND conversation_id = :id",
      soci::use(id);
}

}  // namespace

bool add_member(const Database& database, soci::session& session, std::string_view conversation_id,
                const NewMember& member) {
  const std::string id(conversation_id);
  return insert_new(database, [&] {
    session << "INSERT INTO memberships (user_id, conversation_id, pinned, muted, joined_at, joined_seq, role, "
               "muted_until, visible_after) VALUES ("
            << member.user_id << ", :id, 0, 0, " << member.now << ", " << member.joined_seq << ", "
            << static_cast<int>(member.role) << ", 0, " << member.visible_after << ")",
        soci::use(id);
  });
}

bool remove_member(soci::session& session, std::string_view conversation_id, core::UserId user) {
  const std::string id(conversation_id);
  soci::statement removal =
      (session.prepare << "DELETE FROM memberships WHERE user_id = " << user << " AND conversation_id = :id",
       soci::use(id));
  removal.execute(true);
  return removal.get_affected_rows() > 0;
}

void remove_all_members(soci::session& session, std::string_view conversation_id) {
  const std::string id(conversation_id);
  session << "DELETE FROM memberships WHERE " << of_conversation, soci::use(id);
}

void set_role(soci::session& session, std::string_view conversation_id, core::UserId user, im::Role role) {
  set(session, conversation_id, user, "role", static_cast<int>(role));
}

void set_muted_until(soci::session& session, std::string_view conversation_id, core::UserId user,
                     core::Timestamp muted_until) {
  set(session, conversation_id, user, "muted_until", muted_until);
}

std::optional<Member> find_member(soci::session& session, std::string_view conversation_id, core::UserId user) {
  const auto found = select(session, conversation_id, " AND user_id = " + std::to_string(user));
  return found.empty() ? std::nullopt : std::optional(found.front());
}

std::vector<Member> find_members(soci::session& session, std::string_view conversation_id,
                                 std::span<const core::UserId> users) {
  std::vector<Member> found;
  for_each_id_list(users, [&](const std::string& list) {
    auto some = select(session, conversation_id, " AND user_id IN (" + list + ")");
    found.insert(found.end(), some.begin(), some.end());
  });
  return found;
}

std::vector<Member> leaders(soci::session& session, std::string_view conversation_id) {
  return select(session, conversation_id, " AND role > 0 ORDER BY user_id");
}

std::vector<core::UserId> show_everything(soci::session& session, std::string_view conversation_id) {
  const std::string id(conversation_id);
  std::vector<core::UserId> users;
  for (const auto& member : select(session, conversation_id, " AND visible_after > 0")) users.push_back(member.user_id);
  for_each_id_list(users, [&](const std::string& list) {
    session << "UPDATE memberships SET visible_after = 0 WHERE user_id IN (" << list << ") AND conversation_id = :id",
        soci::use(id);
  });
  return users;
}

std::vector<Member> members_after(soci::session& session, std::string_view conversation_id, core::UserId after,
                                  std::size_t limit) {
  std::string rest(" AND user_id > ");
  rest.append(std::to_string(after)).append(" ORDER BY user_id LIMIT ").append(std::to_string(limit));
  return select(session, conversation_id, rest);
}

std::vector<core::UserId> member_ids(soci::session& session, std::string_view conversation_id) {
  std::vector<core::UserId> ids;
  for (const auto& member : select(session, conversation_id, " ORDER BY user_id")) ids.push_back(member.user_id);
  return ids;
}

std::int64_t count_members(soci::session& session, std::string_view conversation_id) {
  const std::string id(conversation_id);
  long long count = 0;
  session << "SELECT COUNT(*) FROM memberships WHERE " << of_conversation, soci::use(id), soci::into(count);
  return count;
}

std::optional<core::UserId> heir(soci::session& session, std::string_view conversation_id, core::UserId leaver) {
  std::string rest(" AND user_id <> ");
  rest.append(std::to_string(leaver)).append(" ORDER BY role DESC, joined_at, user_id LIMIT 1");
  const auto found = select(session, conversation_id, rest);
  return found.empty() ? std::nullopt : std::optional(found.front().user_id);
}

void set_title(soci::session& session, std::string_view conversation_id, std::string_view title) {
  const std::string id(conversation_id), text(title);
  remove_title(session, conversation_id);
  session << "INSERT INTO conversation_titles (conversation_id, title) VALUES (:id, :title)", soci::use(id),
      soci::use(text);
}

void remove_title(soci::session& session, std::string_view conversation_id) {
  const std::string id(conversation_id);
  session << "DELETE FROM conversation_titles WHERE conversation_id = :id", soci::use(id);
}

void add_notice(soci::session& session, const im::Notice& notice) {
  const std::string joined = id_list(notice.joined), departed = id_list(notice.left), changed = id_list(notice.changed);
  session << "INSERT INTO notices (id, conversation_id, actor, joined, departed, changed, joined_seq, content, extra, "
             "created_at) VALUES ("
          << notice.id << ", :conversation, " << notice.actor << ", :joined, :departed, :changed, " << notice.joined_seq
          << ", :content, :extra, " << notice.created_at << ")",
      soci::use(notice.conversation.text), soci::use(joined), soci::use(departed), soci::use(changed),
      soci::use(notice.content), soci::use(notice.extra);
}

}  // namespace netherlink::store::sql
