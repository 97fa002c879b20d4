#pragma once

#include "netherlink/id/machine_lease.hpp"
#include "store/sql/database.hpp"

namespace netherlink::store::sql {

class MachineLeases final : public id::MachineLeases {
 public:
  explicit MachineLeases(Database& database) : database_(database) {}

  core::result<id::MachineLease> acquire(std::string_view holder, std::int64_t lowest, std::int64_t highest,
                                         std::chrono::milliseconds ttl) override;
  core::result<bool> renew(const id::MachineLease& lease, std::chrono::milliseconds ttl) override;
  core::result<void> release(const id::MachineLease& lease) override;

 private:
  Database& database_;
};

}  // namespace netherlink::store::sql
