#pragma once

#include "netherlink/user/ports.hpp"
#include "store/sql/database.hpp"

namespace netherlink::store::sql {

class Preferences final : public user::PreferenceRepository {
 public:
  explicit Preferences(Database& database) : database_(database) {}

  core::result<user::Preferences> find(user::UserId id) override;
  core::result<Changed> change(user::UserId id, const user::PreferenceChange& change) override;

 private:
  Database& database_;
};

}  // namespace netherlink::store::sql
