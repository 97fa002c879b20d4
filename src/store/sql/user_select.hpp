#pragma once

#include <soci/soci.h>

#include <string>
#include <string_view>

#include "netherlink/user/ports.hpp"

namespace netherlink::store::sql {

inline constexpr std::string_view select_user =
    "SELECT id, username, nickname, avatar_url, bio, email, email_pending, email_verified_at, created_at, "
    "password_hash, "
    "deleted_at, guest, name_key FROM users WHERE ";

struct UserRow : user::UserRepository::Credentials {
  std::string name_key;
};

/// Runs a SELECT that begins with select_user; each `use` is bound before.
template <class Add, class... Uses>
void select_users(soci::session& session, const std::string& where, const Add& add, const Uses&... uses) {
  UserRow row;
  long long id = 0, created_at = 0, deleted_at = 0, email_verified_at = 0;
  int guest = 0;
  soci::statement statement(session);
  (statement.exchange(soci::use(uses)), ...);
  statement.exchange(soci::into(id));
  statement.exchange(soci::into(row.user.username));
  statement.exchange(soci::into(row.user.nickname));
  statement.exchange(soci::into(row.user.avatar_url));
  statement.exchange(soci::into(row.user.bio));
  statement.exchange(soci::into(row.user.email));
  statement.exchange(soci::into(row.user.email_pending));
  statement.exchange(soci::into(email_verified_at));
  statement.exchange(soci::into(created_at));
  statement.exchange(soci::into(row.password_hash));
  statement.exchange(soci::into(deleted_at));
  statement.exchange(soci::into(guest));
  statement.exchange(soci::into(row.name_key));
  statement.alloc();
  statement.prepare(std::string(select_user) + where);
  statement.define_and_bind();
  statement.execute(false);
  while (statement.fetch()) {
    row.user.id = id;
    row.user.created_at = created_at;
    row.user.deleted = deleted_at != 0;
    row.user.guest = guest != 0;
    row.user.email_verified = email_verified_at != 0;
    add(row);
  }
}

}  // namespace netherlink::store::sql
