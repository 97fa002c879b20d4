#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "netherlink/core/ids.hpp"

/// The module is called `friend`, which C++ keeps for itself: its namespace is `friends`.
namespace netherlink::friends {

using core::Timestamp;
using core::UserId;

struct Request {
  enum class Status : std::uint8_t { pending, accepted, rejected };

  std::int64_t id = 0;
  UserId from = 0, to = 0;
  std::string message;
  Status status = Status::pending;
  Timestamp created_at = 0;

  bool operator==(const Request&) const = default;
};
std::string_view to_string(Request::Status status);

struct Friendship {
  UserId user = 0;  // the other one
  Timestamp since = 0;
};

/// How `target` stands to somebody who would reach them (F2, U8).
struct Standing {
  UserId target = 0;
  bool exists = false;   // and the account was not deleted
  bool blocked = false;  // in either direction
  bool friends = false;
  bool friends_only = false;   // preference direct_messages_from
  bool shows_presence = true;  // preference show_presence

  /// May direct messages reach the target?
  bool reachable() const { return exists && !blocked && (friends || !friends_only); }
  /// May the presence of the target be seen? By whoever could write to them, unless they hide it from everyone.
  bool presence_visible() const { return reachable() && shows_presence; }
};

/// Whether somebody is there, as one other person may know it.
struct PresenceView {
  UserId user = 0;
  bool online = false;
  Timestamp last_seen = 0;  // 0: not known, or not for this person to know
  bool visible = false;     // else it only looks like somebody who is never there
  bool friends = false;
  std::int64_t room_id = 0;  // where they are; 0: in none, or not for others to know
};

template <class Item, class Cursor = std::int64_t>
struct Page {
  std::vector<Item> items;
  std::optional<Cursor> next;  // pass it for the page behind this one; none: the end
};

}  // namespace netherlink::friends
