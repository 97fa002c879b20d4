#pragma once

#include "netherlink/room/ports.hpp"
#include "store/sql/database.hpp"

namespace netherlink::store::sql {

class Rooms final : public room::RoomRepository {
 public:
  explicit Rooms(Database& database) : database_(database) {}

  core::result<void> change(const Ask& ask, const Decide& decide) override;
  core::result<std::optional<room::Room>> find(room::RoomId id) override;
  core::result<bool> invited(room::RoomId id, core::UserId user) override;
  core::result<std::unordered_map<core::UserId, room::RoomId>> shown_seats(
      std::span<const core::UserId> users) override;
  core::result<room::RoomId> find_link(std::string_view code) override;
  core::result<std::vector<room::RoomId>> open_rooms(std::string_view game_key, std::size_t limit) override;
  core::result<std::vector<Changed>> changed(core::Timestamp since, room::RoomId after, std::size_t limit) override;
  core::result<std::vector<Held>> held_by(std::span<const core::UserId> users) override;
  core::result<std::vector<Held>> seats(core::UserId after, std::size_t limit) override;
  core::result<std::vector<Held>> kept_since(core::Timestamp time, std::size_t limit) override;
  core::result<std::vector<room::RoomId>> deserted(std::size_t limit) override;
  core::result<void> forget(core::UserId user) override;
  core::result<void> purge(core::Timestamp time) override;

 private:
  core::result<std::vector<Held>> select_held(const std::string& rest);

  Database& database_;
};

}  // namespace netherlink::store::sql
