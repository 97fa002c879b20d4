#include "store/sql/conversations.hpp"

#include <soci/soci.h>

#include "store/sql/insert_new.hpp"

namespace netherlink::store::sql {
namespace {

using core::result;
using Membership = im::ConversationRepository::Membership;

void insert_membership(Database& database, soci::session& session, im::UserId user, const std::string& conversation_id,
                       im::Seq joined_seq, im::Timestamp now) {
  const auto user_id = static_cast<long long>(user), seq = static_cast<long long>(joined_seq),
             joined_at = static_cast<long long>(now);
  insert_new(database, [&] {
    session << "INSERT INTO memberships (user_id, conversation_id, pinned, muted, joined_at, joined_seq) VALUES "
               "(:user_id, :conversation_id, 0, 0, :joined_at, :joined_seq)",
        soci::use(user_id), soci::use(conversation_id), soci::use(joined_at), soci::use(seq);
  });
}

bool is_member(soci::session& session, im::UserId user, const std::string& conversation_id) {
  const auto user_id = static_cast<long long>(user);
  int count = 0;
  session << "SELECT COUNT(*) FROM memberships WHERE user_id = :user_id AND conversation_id = :conversation_id",
      soci::use(user_id), soci::use(conversation_id), soci::into(count);
  return count > 0;
}

/// `conversation_id`: of this one alone; empty: of all.
std::vector<Membership> select(soci::session& session, im::UserId user, const std::string& conversation_id) {
  std::vector<Membership> found;
  Membership row;
  const auto user_id = static_cast<long long>(user);
  int pinned = 0, muted = 0, role = 0;
  long long joined_at = 0, joined_seq = 0, muted_until = 0, visible_after = 0;
  soci::statement statement(session);
  statement.exchange(soci::use(user_id));
  if (!conversation_id.empty()) statement.exchange(soci::use(conversation_id));
  statement.exchange(soci::into(row.conversation_id));
  statement.exchange(soci::into(pinned));
  statement.exchange(soci::into(muted));
  statement.exchange(soci::into(joined_at));
  statement.exchange(soci::into(joined_seq));
  statement.exchange(soci::into(role));
  statement.exchange(soci::into(muted_until));
  statement.exchange(soci::into(visible_after));
  statement.alloc();
  std::string query(
      "SELECT conversation_id, pinned, muted, joined_at, joined_seq, role, muted_until, visible_after FROM memberships "
      "WHERE user_id = :user_id");
  if (!conversation_id.empty()) query.append(" AND conversation_id = :conversation_id");
  statement.prepare(query);
  statement.define_and_bind();
  statement.execute(false);
  while (statement.fetch()) {
    row.pinned = pinned != 0;
    row.muted = muted != 0;
    row.joined_at = joined_at;
    row.joined_seq = joined_seq;
    row.role = static_cast<im::Role>(role);
    row.muted_until = muted_until;
    row.visible_after = visible_after;
    found.push_back(row);
  }
  return found;
}

}  // namespace

result<void> Conversations::ensure_single(const im::ConversationId& id, im::Timestamp now) {
  // Nearly always they are members already: find out without waiting for the writer.
  bool present = false;
  auto looked = database_.read([&](soci::session& session) -> result<void> {
    present = is_member(session, id.first, id.text) && is_member(session, id.second, id.text);
    return {};
  });
  if (!looked || present) return looked;
  return database_.write([&](soci::session& session) -> result<void> {
    insert_membership(database_, session, id.first, id.text, 0, now);
    insert_membership(database_, session, id.second, id.text, 0, now);
    return {};
  });
}

result<void> Conversations::join(im::UserId user, std::string_view conversation_id, im::Seq joined_seq,
                                 im::Timestamp now) {
  return database_.write([&](soci::session& session) -> result<void> {
    insert_membership(database_, session, user, std::string(conversation_id), joined_seq, now);
    return {};
  });
}

result<std::vector<Membership>> Conversations::of_user(im::UserId user) {
  std::vector<Membership> found;
  auto done = database_.read([&](soci::session& session) -> result<void> {
    found = select(session, user, {});
    return {};
  });
  if (!done) return done.error();
  return found;
}

result<void> Conversations::forget(im::UserId user) {
  return database_.write([&](soci::session& session) -> result<void> {
    session << "DELETE FROM memberships WHERE user_id = " << user
            << " AND (conversation_id = 'world' OR conversation_id LIKE 'single%')";
    return {};
  });
}

result<std::optional<Membership>> Conversations::find(im::UserId user, std::string_view conversation_id) {
  std::optional<Membership> found;
  if (conversation_id.empty()) return found;
  auto done = database_.read([&](soci::session& session) -> result<void> {
    auto rows = select(session, user, std::string(conversation_id));
    if (!rows.empty()) found = std::move(rows.front());
    return {};
  });
  if (!done) return done.error();
  return found;
}

result<std::unordered_map<std::string, std::string>> Conversations::titles(std::span<const std::string> ids) {
  std::unordered_map<std::string, std::string> found;
  // They are our own canonical spellings: quoting is enough.
  std::string list;
  for (const auto& id : ids) list.append(list.empty() ? "'" : ",'").append(id).append("'");
  if (list.empty()) return found;
  auto done = database_.read([&](soci::session& session) -> result<void> {
    found.clear();
    std::string id, title;
    soci::statement statement =
        (session.prepare << "SELECT conversation_id, title FROM conversation_titles WHERE conversation_id IN (" << list
                         << ")",
         soci::into(id), soci::into(title));
    statement.execute(false);
    while (statement.fetch()) found.emplace(id, title);
    return {};
  });
  if (!done) return done.error();
  return found;
}

result<std::int64_t> Conversations::group_size(std::string_view conversation_id) {
  long long size = 0;
  const std::string id(conversation_id);
  auto done = database_.read([&](soci::session& session) -> result<void> {
    size = 0;
    session << "SELECT member_count FROM im_groups WHERE conversation_id = :id", soci::use(id), soci::into(size);
    return {};
  });
  if (!done) return done.error();
  return size;
}

result<bool> Conversations::set_flags(im::UserId user, std::string_view conversation_id, std::optional<bool> pinned,
                                      std::optional<bool> muted) {
  bool member = false;
  const std::string id(conversation_id);
  const auto user_id = static_cast<long long>(user);
  auto done = database_.write([&](soci::session& session) -> result<void> {
    member = is_member(session, user, id);
    const auto set = [&](const char* column, bool flag) {
      const int value = flag ? 1 : 0;
      session << std::string("UPDATE memberships SET ") + column +
                     " = :value WHERE user_id = :user_id AND conversation_id = :conversation_id",
          soci::use(value), soci::use(user_id), soci::use(id);
    };
    if (member && pinned) set("pinned", *pinned);
    if (member && muted) set("muted", *muted);
    return {};
  });
  if (!done) return done.error();
  return member;
}

}  // namespace netherlink::store::sql
