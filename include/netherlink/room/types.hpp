#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "netherlink/core/ids.hpp"

namespace netherlink::room {

using core::Timestamp;
using core::UserId;
using RoomId = std::int64_t;

/// waiting → playing → ended → waiting.
enum class Status : std::uint8_t { waiting, playing, ended };
std::string_view to_string(Status status);
std::optional<Status> parse_status(std::string_view text);

/// Who may know of a room without having been invited: everyone, the owner's friends, nobody. Called public, friends,
/// private.
enum class Visibility : std::uint8_t { everyone, friends, nobody };
std::string_view to_string(Visibility visibility);
std::optional<Visibility> parse_visibility(std::string_view text);

struct Seat {
  UserId user_id = 0;
  bool ready = false;
  Timestamp joined_at = 0;
  Timestamp dropped_at = 0;  // the seat is kept since then for whoever has no socket; 0: is there
  bool online() const { return dropped_at == 0; }
  bool operator==(const Seat&) const = default;
};

struct Room {
  RoomId id = 0;
  std::string name, game, game_key;  // game_key: the game's name however it is spelled
  UserId owner_id = 0;
  Status status = Status::waiting;
  Visibility visibility = Visibility::everyone;
  std::size_t max_players = 0;
  std::string password_hash;  // empty: none
  Timestamp created_at = 0;
  std::int64_t version = 0;  // grows with each change
  std::vector<Seat> seats;   // who sits longest, first

  const Seat* seat_of(UserId user) const;
  Seat* seat_of(UserId user);
  bool has_space() const { return seats.size() < max_players; }
  bool operator==(const Room&) const = default;
};

/// A room as lists show it.
struct Listing {
  RoomId id = 0;
  std::string name, game;
  UserId owner_id = 0;
  Status status = Status::waiting;
  Visibility visibility = Visibility::everyone;
  std::size_t max_players = 0, player_count = 0;
  bool has_password = false, closed = false;  // closed: it is no more
  Timestamp created_at = 0;
  std::int64_t version = 0;
  std::string name_key, game_key;  // to be found by, however they are spelled

  bool has_space() const { return player_count < max_players; }
};
Listing listing_of(const Room& room);

/// What somebody looks for; everything that is given has to be true.
struct Filter {
  std::string game_key = {};  // user::folded(); empty: any
  std::optional<Status> status = {};
  std::optional<bool> has_password = {}, has_space = {};
  std::string text_key = {};  // user::folded(), somewhere in the name or the game; empty: any

  bool matches(const Listing& listing) const;
  bool operator==(const Filter&) const = default;
};

enum class Sort : std::uint8_t {
  newest,
  players,  // most first
  hot,      // those that can be joined at once first, of them the fullest
  name,
};
std::optional<Sort> parse_sort(std::string_view text);

struct ListPage {
  std::vector<Listing> items;
  std::string next_cursor;  // empty: the end
};

/// A short code with which anyone may join.
struct Link {
  std::string code;
  Timestamp expires_at = 0;            // 0: never
  std::size_t max_uses = 0, uses = 0;  // max_uses 0: any number
  bool operator==(const Link&) const = default;
};

/// Why somebody has no seat any more.
enum class Leave : std::uint8_t { left, kicked, dropped };
std::string_view to_string(Leave reason);

}  // namespace netherlink::room
