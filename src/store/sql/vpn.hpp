#pragma once

#include "netherlink/vpn/ports.hpp"
#include "store/sql/database.hpp"

namespace netherlink::store::sql {

/// Cells and rooms in vpn.cpp, keys and nodes in vpn_nodes.cpp.
class Vpn final : public vpn::VpnRepository {
 public:
  explicit Vpn(Database& database) : database_(database) {}

  core::result<void> ensure_cells(std::span<const std::string> cells) override;
  core::result<std::vector<vpn::CellState>> cells() override;
  core::result<std::optional<vpn::Lease>> acquire(const std::string& cell, const std::string& holder,
                                                  std::chrono::milliseconds ttl) override;
  core::result<bool> renew(const vpn::Lease& lease, std::chrono::milliseconds ttl) override;
  core::result<void> release(const vpn::Lease& lease) override;
  core::result<bool> applied(const vpn::Lease& lease, std::int64_t revision) override;
  core::result<void> note_down(const std::string& cell, core::Timestamp since) override;
  core::result<Work> work(const std::string& cell, core::Timestamp expected_since) override;
  core::result<std::vector<vpn::Circle>> circles(const std::string& cell) override;
  core::result<void> distrust(const std::string& cell) override;
  core::result<std::vector<vpn::RoomId>> touch_rooms(std::span<const vpn::RoomId> rooms) override;
  core::result<void> touch_people(std::span<const core::UserId> users) override;
  core::result<std::vector<Load>> loads() override;
  core::result<Place> place(core::UserId user) override;
  core::result<std::string> cell_of(vpn::RoomId room) override;
  core::result<std::string> assign(vpn::RoomId room, const std::string& from, const std::string& to) override;
  core::result<std::vector<core::UserId>> members(vpn::RoomId room) override;
  core::result<void> purge_rooms() override;

  core::result<void> add(const vpn::Node& node, std::size_t max_devices) override;
  core::result<void> handed(const std::string& cell, std::int64_t key_id, core::Timestamp now) override;
  core::result<std::vector<vpn::Node>> nodes(const std::string& cell) override;
  core::result<std::string> device_of(core::SessionId session) override;
  core::result<void> seen(std::span<const vpn::Node> nodes) override;
  core::result<void> drop(const std::string& cell, std::span<const std::int64_t> key_ids) override;
  core::result<void> drop_all(const std::string& cell) override;
  core::result<void> remove_sessions(std::span<const core::SessionId> sessions) override;
  core::result<void> remove_user(core::UserId user) override;
  core::result<void> remove_ended(const std::string& cell) override;
  core::result<std::vector<std::pair<vpn::RoomId, vpn::Peer>>> peers(std::span<const vpn::RoomId> rooms) override;

 private:
  /// Marks the nodes of `where` as to be removed; the writers of their cells look again.
  core::result<void> remove_where(const std::string& where, bool account_gone = false);

  Database& database_;
};

}  // namespace netherlink::store::sql
