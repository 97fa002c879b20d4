#include "store/sql/users.hpp"

#include <soci/soci.h>

#include <algorithm>

#include "store/sql/email_codes.hpp"
#include "store/sql/id_list.hpp"
#include "store/sql/insert_new.hpp"
#include "store/sql/optional_text.hpp"
#include "store/sql/user_select.hpp"

namespace netherlink::store::sql {
namespace {

using core::result;
using user::User;
using user::UserId;
using Credentials = user::UserRepository::Credentials;

std::optional<Credentials> select_by_id(soci::session& session, UserId id) {
  std::optional<Credentials> found;
  select_users(
      session, "id = :id AND deleted_at = 0", [&](UserRow& row) { found = row; }, static_cast<long long>(id));
  return found;
}

std::vector<User> select_by_ids(soci::session& session, std::span<const UserId> ids) {
  std::vector<User> found;
  for_each_id_list(ids, [&](const std::string& list) {
    select_users(session, "id IN (" + list + ")", [&](UserRow& row) { found.push_back(row.user); });
  });
  return found;
}

}  // namespace

result<void> Users::insert(const User& user, std::string_view name_key, std::string_view email_key,
                           std::string_view password_hash) {
  return database_.write([&](soci::session& session) -> result<void> {
    const auto id = static_cast<long long>(user.id), created_at = static_cast<long long>(user.created_at);
    const int guest = user.guest ? 1 : 0;
    const std::string name(name_key), hash(password_hash);
    OptionalText email(email_key.empty() ? std::nullopt : std::optional<std::string>(email_key));
    const bool is_new = insert_new(database_, [&] {
      session << "INSERT INTO users (id, username, name_key, email, email_key, password_hash, nickname, avatar_url, "
                 "bio, created_at, guest) VALUES (:id, :username, :name_key, :email, :email_key, :password_hash, "
                 ":nickname, :avatar_url, :bio, :created_at, :guest)",
          soci::use(id), soci::use(user.username), soci::use(name), soci::use(user.email),
          soci::use(email.value, email.indicator), soci::use(hash), soci::use(user.nickname),
          soci::use(user.avatar_url), soci::use(user.bio), soci::use(created_at), soci::use(guest);
    });
    if (!is_new) return errors::user_name_taken;
    return {};
  });
}

result<std::optional<Credentials>> Users::find_by_name_or_email(std::string_view key) {
  std::optional<Credentials> found;
  auto done = database_.read([&](soci::session& session) -> result<void> {
    const std::string text(key);
    const auto keep = [&](UserRow& row) { found = row; };
    select_users(session, "name_key = :key", keep, text);
    if (!found) select_users(session, "email_key = :key", keep, text);
    return {};
  });
  if (!done) return done.error();
  return found;
}

result<std::optional<Credentials>> Users::find_credentials(UserId id) {
  std::optional<Credentials> found;
  auto done = database_.read([&](soci::session& session) -> result<void> {
    found = select_by_id(session, id);
    return {};
  });
  if (!done) return done.error();
  return found;
}

result<std::vector<User>> Users::find(std::span<const UserId> ids) {
  std::vector<User> found;
  if (ids.empty()) return found;
  auto done = database_.read([&](soci::session& session) -> result<void> {
    found = select_by_ids(session, ids);
    return {};
  });
  if (!done) return done.error();
  return found;
}

result<std::vector<User>> Users::find_recent(std::span<const UserId> ids) {
  std::vector<User> found;
  if (ids.empty()) return found;
  auto done = database_.read_recent([&](soci::session& session) -> result<void> {
    found = select_by_ids(session, ids);
    return {};
  });
  if (!done) return done.error();
  if (found.size() == ids.size()) return found;
  // Whoever is missing may have come to be a moment ago.
  std::vector<UserId> missing;
  for (const auto id : ids) {
    if (std::ranges::find(found, id, &User::id) == found.end()) missing.push_back(id);
  }
  auto others = find(missing);
  if (!others) return others;
  found.insert(found.end(), others->begin(), others->end());
  return found;
}

result<std::optional<User>> Users::update_profile(UserId id, const user::ProfileChange& change) {
  std::optional<User> found;
  auto done = database_.write([&](soci::session& session) -> result<void> {
    OptionalText nickname(change.nickname), avatar_url(change.avatar_url), bio(change.bio);
    const auto key = static_cast<long long>(id);
    session << "UPDATE users SET nickname = COALESCE(:nickname, nickname), avatar_url = COALESCE(:avatar_url, "
               "avatar_url), bio = COALESCE(:bio, bio) WHERE id = :id AND deleted_at = 0",
        soci::use(nickname.value, nickname.indicator), soci::use(avatar_url.value, avatar_url.indicator),
        soci::use(bio.value, bio.indicator), soci::use(key);
    if (auto row = select_by_id(session, id)) found = std::move(row->user);
    return {};
  });
  if (!done) return done.error();
  return found;
}

result<bool> Users::update_password(UserId id, std::string_view expected, std::string_view password_hash) {
  bool updated = false;
  auto done = database_.write([&](soci::session& session) -> result<void> {
    const auto key = static_cast<long long>(id);
    const std::string hash(password_hash), old(expected);
    soci::statement update =
        (session.prepare << "UPDATE users SET password_hash = :hash WHERE id = :id AND password_hash = :expected",
         soci::use(hash), soci::use(key), soci::use(old));
    update.execute(true);
    updated = update.get_affected_rows() > 0;
    if (updated) end_resets(session, id);
    return {};
  });
  if (!done) return done.error();
  return updated;
}

}  // namespace netherlink::store::sql
