#pragma once

#include "netherlink/user/ports.hpp"
#include "store/sql/database.hpp"

namespace netherlink::store::sql {

class Sessions final : public user::SessionRepository {
 public:
  explicit Sessions(Database& database) : database_(database) {}

  core::result<void> insert(const user::Session& session) override;
  core::result<std::optional<user::Session>> find(user::SessionId id) override;
  core::result<std::vector<user::Session>> of_user(user::UserId id) override;
  core::result<bool> rotate(user::SessionId id, std::int64_t expected, user::Timestamp now,
                            user::Timestamp expires_at) override;
  core::result<std::vector<user::SessionId>> revoke(user::UserId user, std::span<const user::SessionId> ids,
                                                    user::Timestamp now) override;
  core::result<void> touch(std::span<const user::SessionId> ids, user::Timestamp now) override;
  core::result<std::vector<user::Session>> revoked_since(user::Timestamp since) override;
  core::result<void> purge(user::Timestamp expired_before) override;

 private:
  Database& database_;
};

}  // namespace netherlink::store::sql
