#pragma once

#include "netherlink/friend/ports.hpp"
#include "store/sql/database.hpp"

namespace netherlink::store::sql {

class Contacts final : public friends::ContactRepository {
 public:
  explicit Contacts(Database& database) : database_(database) {}

  core::result<std::vector<friends::Standing>> standings(core::UserId viewer,
                                                         std::span<const core::UserId> targets) override;
  core::result<std::unordered_map<core::UserId, Audience>> audiences(std::span<const core::UserId> users) override;
  core::result<void> note_seen(std::span<const Seen> seen) override;
  core::result<std::vector<Seen>> last_seen(std::span<const core::UserId> users) override;

 private:
  Database& database_;
};

}  // namespace netherlink::store::sql
