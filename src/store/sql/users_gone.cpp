// Finding people by name, and deleting accounts.
#include <soci/soci.h>

#include "store/sql/numbers.hpp"
#include "store/sql/user_select.hpp"
#include "store/sql/users.hpp"

namespace netherlink::store::sql {
namespace {

using core::result;
using user::SessionId;
using user::UserId;

/// Above every character that a name may have.
constexpr const char* last_character = "\U0010FFFF";

/// False: not with that password, or not there any more.
bool take_personal_things(soci::session& session, UserId id, const std::string& expected, user::Timestamp now) {
  // No name begins with a colon: this one is nobody's, and no search finds it.
  const std::string name_key = ":" + std::to_string(id);
  const auto key = static_cast<long long>(id), at = static_cast<long long>(now);
  soci::statement update =
      (session.prepare << "UPDATE users SET username = '', name_key = :name_key, email = '', email_key = NULL, "
                          "email_pending = '', email_verified_at = 0, password_hash = '', nickname = 'deleted user', "
                          "avatar_url = '', bio = '', guest = 0, deleted_at = :now "
                          "WHERE id = :id AND deleted_at = 0 AND password_hash = :expected",
       soci::use(name_key), soci::use(at), soci::use(key), soci::use(expected));
  update.execute(true);
  return update.get_affected_rows() > 0;
}

}  // namespace

result<std::vector<Users::Named>> Users::search(std::string_view prefix, std::string_view after, std::size_t limit) {
  std::vector<Named> found;
  auto done = database_.read([&](soci::session& session) -> result<void> {
    found.clear();
    const std::string from(prefix), to = from + last_character, behind(after);
    select_users(
        session,
        "name_key >= :prefix AND name_key < :end AND name_key > :after ORDER BY name_key LIMIT " +
            std::to_string(limit),
        [&](UserRow& row) {
          found.push_back({row.user, row.name_key});
        },
        from, to, behind);
    return {};
  });
  if (!done) return done.error();
  return found;
}

result<std::optional<std::vector<SessionId>>> Users::erase(UserId id, std::string_view expected, user::Timestamp now) {
  std::optional<std::vector<SessionId>> revoked;
  auto done = database_.write([&](soci::session& session) -> result<void> {
    revoked.reset();
    if (!take_personal_things(session, id, std::string(expected), now)) return {};
    // First the update, which sees what others have committed meanwhile, then what it did.
    session << "UPDATE sessions SET revoked_at = " << now << " WHERE user_id = " << id << " AND revoked_at = 0";
    revoked = numbers(session, "SELECT id FROM sessions WHERE user_id = " + std::to_string(id) +
                                   " AND revoked_at = " + std::to_string(now));
    session << "UPDATE sessions SET device_id = '', device_name = '', device_platform = '' WHERE user_id = " << id;
    for (const auto* table : {"preferences", "mail_outbox", "email_codes"}) {
      session << "DELETE FROM " << table << " WHERE user_id = " << id;
    }
    session << "INSERT INTO departures (user_id, deleted_at) VALUES (" << id << ", " << now << ")";
    return {};
  });
  if (!done) return done.error();
  return revoked;
}

result<std::vector<UserId>> Users::departures() {
  std::vector<UserId> found;
  auto done = database_.read([&](soci::session& session) -> result<void> {
    found = numbers(session, "SELECT user_id FROM departures ORDER BY user_id LIMIT 100");
    return {};
  });
  if (!done) return done.error();
  return found;
}

result<void> Users::departed(UserId id) {
  return database_.write([&](soci::session& session) -> result<void> {
    session << "DELETE FROM departures WHERE user_id = " << id;
    return {};
  });
}

}  // namespace netherlink::store::sql
