#pragma once

#include "netherlink/user/ports.hpp"
#include "store/sql/database.hpp"

namespace netherlink::store::sql {

class Users final : public user::UserRepository {
 public:
  explicit Users(Database& database) : database_(database) {}

  core::result<void> insert(const user::User& user, std::string_view name_key, std::string_view email_key,
                            std::string_view password_hash) override;
  core::result<std::optional<Credentials>> find_by_name_or_email(std::string_view key) override;
  core::result<std::optional<Credentials>> find_credentials(user::UserId id) override;
  core::result<std::vector<user::User>> find(std::span<const user::UserId> ids) override;
  core::result<std::vector<user::User>> find_recent(std::span<const user::UserId> ids) override;
  core::result<std::optional<user::User>> update_profile(user::UserId id, const user::ProfileChange& change) override;
  core::result<bool> update_password(user::UserId id, std::string_view expected,
                                     std::string_view password_hash) override;
  core::result<std::vector<Named>> search(std::string_view prefix, std::string_view after, std::size_t limit) override;
  core::result<std::optional<std::vector<user::SessionId>>> erase(user::UserId id, std::string_view expected,
                                                                  user::Timestamp now) override;
  core::result<std::vector<user::UserId>> departures() override;
  core::result<void> departed(user::UserId id) override;
  core::result<bool> upgrade(user::UserId id, const user::User& names, std::string_view name_key,
                             std::string_view email_key, std::string_view password_hash) override;
  core::result<std::vector<user::UserId>> idle_guests(user::Timestamp before, std::size_t limit) override;

 private:
  Database& database_;
};

}  // namespace netherlink::store::sql
