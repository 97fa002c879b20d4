#pragma once

#include "netherlink/e2e/ports.hpp"
#include "store/sql/database.hpp"

namespace netherlink::store::sql {

/// Publishing and claiming in e2e_keys.cpp, lists and their end in e2e_devices.cpp.
class E2eKeys final : public e2e::KeyRepository {
 public:
  explicit E2eKeys(Database& database) : database_(database) {}

  core::result<Published> publish(const e2e::Device& device, std::span<const e2e::SignedKey> one_time_keys,
                                  const Limits& limits) override;
  core::result<std::optional<e2e::OwnDevice>> own(e2e::SessionId session) override;
  core::result<std::optional<e2e::Device>> of_session(e2e::SessionId session) override;
  core::result<e2e::DeviceList> devices(e2e::UserId user) override;
  core::result<std::vector<Claimed>> claim(std::span<const Wanted> wanted) override;
  core::result<std::vector<Removal>> remove_sessions(std::span<const e2e::SessionId> sessions) override;
  core::result<void> remove_user(e2e::UserId user) override;
  core::result<Sweep> remove_ended(e2e::DeviceId after, std::size_t limit) override;
  core::result<std::vector<e2e::UserId>> companions(e2e::UserId user, std::span<const e2e::UserId> others) override;
  core::result<std::vector<e2e::UserId>> circle(e2e::UserId user, std::size_t most) override;

 private:
  /// Those of the devices that are theirs and still there; one transaction for each person.
  core::result<std::vector<Removal>> remove(std::span<const e2e::DeviceId> devices);

  Database& database_;
};

}  // namespace netherlink::store::sql
