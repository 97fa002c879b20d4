#pragma once

#include <optional>
#include <string>
#include <vector>

#include "netherlink/room/ports.hpp"
#include "store/sql/database.hpp"

/// The rows of one room, inside a transaction.
namespace netherlink::store::sql::room_rows {

/// nullopt: there is none, or it is closed.
std::optional<room::Room> find(soci::session& session, room::RoomId id);
room::Draft read_draft(soci::session& session, room::RoomId id, core::UserId person);
/// Public rooms of a game without a password that wait and have space, fullest first.
std::vector<room::RoomId> open_rooms(soci::session& session, const std::string& game_key, std::size_t limit);

// What `after` changed of `before`, in two steps: first every room of a transaction gives up seats, then they are
// taken.

void give_up(soci::session& session, const room::Draft& before, const room::Draft& after, core::Timestamp now);
/// room.in_another: somebody has a seat already.
core::result<void> take(const Database& database, soci::session& session, core::UserId person,
                        const room::Draft& before, const room::Draft& after, core::Timestamp now);

}  // namespace netherlink::store::sql::room_rows
