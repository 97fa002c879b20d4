// Guests among the users.
#include <soci/soci.h>

#include "store/sql/insert_new.hpp"
#include "store/sql/numbers.hpp"
#include "store/sql/optional_text.hpp"
#include "store/sql/users.hpp"

namespace netherlink::store::sql {

using core::result;
using user::UserId;

result<bool> Users::upgrade(UserId id, const user::User& names, std::string_view name_key, std::string_view email_key,
                            std::string_view password_hash) {
  bool upgraded = false;
  auto done = database_.write([&](soci::session& session) -> result<void> {
    const std::string name(name_key), hash(password_hash);
    OptionalText email(email_key.empty() ? std::nullopt : std::optional<std::string>(email_key));
    const auto key = static_cast<long long>(id);
    const bool is_new = insert_new(database_, [&] {
      soci::statement update =
          (session.prepare
               << "UPDATE users SET username = :username, name_key = :name_key, email = :email, email_key = "
                  ":email_key, password_hash = :hash, guest = 0 WHERE id = :id AND guest = 1 AND deleted_at "
                  "= 0",
           soci::use(names.username), soci::use(name), soci::use(names.email), soci::use(email.value, email.indicator),
           soci::use(hash), soci::use(key));
      update.execute(true);
      upgraded = update.get_affected_rows() > 0;
    });
    if (!is_new) return errors::user_name_taken;
    return {};
  });
  if (!done) return done.error();
  return upgraded;
}

result<std::vector<UserId>> Users::idle_guests(user::Timestamp before, std::size_t limit) {
  std::vector<UserId> found;
  std::string query("SELECT id FROM users WHERE guest = 1 AND deleted_at = 0 AND created_at < ");
  query.append(std::to_string(before));
  query.append(" AND NOT EXISTS (SELECT 1 FROM sessions WHERE sessions.user_id = users.id AND revoked_at = 0 AND ");
  query.append("last_seen_at >= ").append(std::to_string(before)).append(") ORDER BY id LIMIT ");
  query.append(std::to_string(limit));
  auto done = database_.read([&](soci::session& session) -> result<void> {
    found = numbers(session, query);
    return {};
  });
  if (!done) return done.error();
  return found;
}

}  // namespace netherlink::store::sql
