#pragma once

#include "netherlink/friend/ports.hpp"
#include "store/sql/database.hpp"

namespace netherlink::store::sql {

class Friends final : public friends::FriendRepository {
 public:
  explicit Friends(Database& database) : database_(database) {}

  core::result<void> change(core::UserId me, core::UserId other, const Decide& decide) override;
  core::result<std::optional<friends::Request>> find_request(std::int64_t id) override;
  core::result<std::vector<friends::Request>> requests(core::UserId user, bool incoming, std::int64_t before,
                                                       std::size_t limit) override;
  core::result<std::vector<friends::Friendship>> friends(core::UserId user, core::UserId after,
                                                         std::size_t limit) override;
  core::result<std::vector<core::UserId>> blocked(core::UserId user, core::UserId after, std::size_t limit) override;
  core::result<std::vector<core::UserId>> forget(core::UserId user) override;

 private:
  Database& database_;
};

}  // namespace netherlink::store::sql
