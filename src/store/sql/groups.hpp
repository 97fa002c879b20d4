#pragma once

#include "netherlink/im/group_ports.hpp"
#include "store/sql/database.hpp"

namespace netherlink::store::sql {

class Groups final : public im::GroupRepository {
 public:
  explicit Groups(Database& database) : database_(database) {}

  core::result<Changed> change(const Ask& ask, const Decide& decide) override;
  core::result<Changed> create(const im::Group& group, const Ask& ask, const Decide& decide) override;
  core::result<std::optional<im::OwnGroup>> find(im::GroupId id, core::UserId member) override;
  core::result<std::vector<im::OwnGroup>> of_user(core::UserId user, im::GroupId before, std::size_t limit) override;
  core::result<std::vector<im::GroupMember>> members(im::GroupId id, core::UserId after, std::size_t limit) override;
  core::result<std::vector<im::GroupBan>> bans(im::GroupId id, core::UserId after, std::size_t limit) override;
  core::result<std::vector<im::GroupRequest>> requests(im::GroupId id, core::UserId after, std::size_t limit) override;
  core::result<std::optional<im::GroupLink>> find_link(std::string_view code) override;
  core::result<std::optional<Led>> led(im::GroupId id) override;
  core::result<void> forget(core::UserId user) override;

 private:
  /// `made`: the group to begin with; nullptr: it is there.
  core::result<Changed> transact(const im::Group* made, const Ask& ask, const Decide& decide);

  Database& database_;
};

}  // namespace netherlink::store::sql
