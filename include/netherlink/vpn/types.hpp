#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "netherlink/core/ids.hpp"

namespace netherlink::vpn {

using core::SessionId;
using core::Timestamp;
using core::UserId;
using RoomId = std::int64_t;

/// One control server (Headscale) and the part of the rooms that it serves.
struct Cell {
  std::string name;
  std::string control_url;  // as clients reach it
  std::size_t max_nodes = 0;
};

/// The name of a person at a control server.
std::string control_name(UserId user);

/// A key that was issued, and the node that came with it: one row for each key.
struct Node {
  std::string cell;
  std::int64_t key_id = 0;  // of the pre-auth key, at the control server
  UserId user_id = 0;
  std::string device;
  SessionId session_id = 0;       // ends with it
  std::int64_t control_user = 0;  // the person's id at the control server
  std::int64_t node_id = 0;       // 0: the key was not used yet
  std::string address;            // of the node, IPv4
  bool online = false;
  Timestamp issued_at = 0;
  Timestamp handed_at = 0;   // 0: made ahead, nobody has it
  Timestamp expires_at = 0;  // of the unused key
  Timestamp removed_at = 0;  // > 0: is to be removed at the control server
};

/// Who may reach whom in one room. Ids ascend.
struct Circle {
  RoomId room = 0;
  std::vector<UserId> members;
  std::vector<std::pair<UserId, UserId>> apart;  // one of the two blocks the other; the lower id first
  bool operator==(const Circle&) const = default;
};

/// A device of a member as the other members see it.
struct Peer {
  UserId user_id = 0;
  std::string device, address;
  bool online = false;
  bool operator==(const Peer&) const = default;
};

/// How far one cell is.
struct CellState {
  std::string name;
  std::int64_t wanted = 0, applied = 0;  // changes asked for; those of them that the control server knows
  Timestamp behind_since = 0;            // 0: it is level
  Timestamp down_since = 0;              // 0: it answers
  bool kept = false;                     // some replica looks after it
};

/// What clients are told (protocol.md): `vpn` of the login, the answer of POST /vpn/pre-auth-key, GET /vpn/status.
enum class Status : std::uint8_t { ready, pending, disabled };
std::string_view to_string(Status status);

struct Access {
  Status status = Status::disabled;
  std::string control_url;   // empty: disabled
  std::string pre_auth_key;  // a secret; empty: none yet
  Timestamp expires_at = 0;  // of the key
};

struct Lag {
  std::int64_t wanted = 0, applied = 0;
  std::chrono::milliseconds behind{0};
};

}  // namespace netherlink::vpn
