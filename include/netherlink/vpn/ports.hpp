#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "netherlink/core/result.hpp"
#include "netherlink/vpn/types.hpp"

namespace netherlink::vpn {

/// The right to change one cell's policy and nodes. The epoch grows with each new holder.
struct Lease {
  std::string cell, holder;
  std::int64_t epoch = 0;
};

/// Desired state, what is known of the actual one, and who writes: the main database, whose clock decides about
/// leases. Calls block. Thread-safe. A failing store is server.unavailable.
class VpnRepository {
 public:
  virtual ~VpnRepository() = default;

  /// Makes the rows of these cells, if they are not there.
  virtual core::result<void> ensure_cells(std::span<const std::string> cells) = 0;
  virtual core::result<std::vector<CellState>> cells() = 0;

  /// nullopt: somebody else holds it.
  virtual core::result<std::optional<Lease>> acquire(const std::string& cell, const std::string& holder,
                                                     std::chrono::milliseconds ttl) = 0;
  /// False: it is somebody else's now.
  virtual core::result<bool> renew(const Lease& lease, std::chrono::milliseconds ttl) = 0;
  virtual core::result<void> release(const Lease& lease) = 0;
  /// Everything up to `revision` is applied. False: the lease is somebody else's, nothing was noted.
  virtual core::result<bool> applied(const Lease& lease, std::int64_t revision) = 0;
  /// Notes since when a cell does not answer (0: it does).
  virtual core::result<void> note_down(const std::string& cell, Timestamp since) = 0;

  /// What a writer looks at several times a second.
  struct Work {
    std::int64_t wanted = 0;
    bool distrusted = false;
    std::int64_t expected = 0;  // keys that were handed out since `expected_since` and not used yet
    std::int64_t removals = 0;  // nodes that are to be removed
  };
  virtual core::result<Work> work(const std::string& cell, Timestamp expected_since) = 0;
  /// The rooms of a cell with two members or more, by id.
  virtual core::result<std::vector<Circle>> circles(const std::string& cell) = 0;
  /// What is known of the cell may be wrong: its writer compares everything.
  virtual core::result<void> distrust(const std::string& cell) = 0;
  /// Something changed: the writers of the cells of these rooms look again. Answers those rooms that have two members
  /// or more and no cell yet.
  virtual core::result<std::vector<RoomId>> touch_rooms(std::span<const RoomId> rooms) = 0;
  /// The same for the rooms where these people sit.
  virtual core::result<void> touch_people(std::span<const UserId> users) = 0;

  struct Load {
    std::string cell;
    std::int64_t seats = 0, nodes = 0;
  };
  /// Of every cell: seats of the rooms that it serves, devices that it has.
  virtual core::result<std::vector<Load>> loads() = 0;
  struct Place {
    RoomId room = 0;           // where the person sits; 0: nowhere
    std::int64_t members = 0;  // of that room
    std::string cell;          // of that room; empty: none yet
  };
  virtual core::result<Place> place(UserId user) = 0;
  virtual core::result<std::string> cell_of(RoomId room) = 0;
  /// Gives the room to `to` if it is still with `from` (empty: with none). Answers where it is then. Both cells are
  /// touched.
  virtual core::result<std::string> assign(RoomId room, const std::string& from, const std::string& to) = 0;
  virtual core::result<std::vector<UserId>> members(RoomId room) = 0;
  /// Forgets rooms that are no more.
  virtual core::result<void> purge_rooms() = 0;

  /// Takes a key down, and marks what the device has too much to be removed. auth.session_revoked: the session is over.
  /// A row with the same cell and key is of a database that was lost, and is replaced.
  virtual core::result<void> add(const Node& node, std::size_t max_devices) = 0;
  virtual core::result<void> handed(const std::string& cell, std::int64_t key_id, Timestamp now) = 0;
  virtual core::result<std::vector<Node>> nodes(const std::string& cell) = 0;
  /// The device of a session; empty: unnamed. auth.session_revoked.
  virtual core::result<std::string> device_of(SessionId session) = 0;
  /// Writes node_id, address and online of each; marks older nodes of the same device as to be removed.
  virtual core::result<void> seen(std::span<const Node> nodes) = 0;
  virtual core::result<void> drop(const std::string& cell, std::span<const std::int64_t> key_ids) = 0;
  /// Everything of a cell whose database was lost.
  virtual core::result<void> drop_all(const std::string& cell) = 0;

  /// What belongs to these sessions is to be removed.
  virtual core::result<void> remove_sessions(std::span<const SessionId> sessions) = 0;
  virtual core::result<void> remove_user(UserId user) = 0;
  /// What belongs to sessions that are over, wherever nobody said so.
  virtual core::result<void> remove_ended(const std::string& cell) = 0;
  /// Devices of the members of a room, in the room's cell.
  virtual core::result<std::vector<std::pair<RoomId, Peer>>> peers(std::span<const RoomId> rooms) = 0;
};

/// One control server. Calls block for as long as its time limit at most, never on I/O threads. Thread-safe.
/// vpn.unavailable: it does not answer, or not sensibly, or was left alone because it did not before.
class Control {
 public:
  virtual ~Control() = default;

  struct User {
    std::int64_t id = 0;
    std::string name;
    Timestamp created_at = 0;
  };
  struct Key {
    std::int64_t id = 0;
    std::string key;   // a secret, shown once
    std::string user;  // whose it is, by name
    bool used = false;
    Timestamp created_at = 0, expires_at = 0;
  };
  struct Node {
    std::int64_t id = 0, key_id = 0;
    std::string user;  // by name
    std::string address;
    bool online = false;
  };

  /// nullopt: it has none, and lets everybody reach everybody.
  virtual core::result<std::optional<std::string>> policy() = 0;
  virtual core::result<void> put_policy(const std::string& policy) = 0;
  virtual core::result<std::vector<Node>> nodes() = 0;
  /// Of one that is gone: fine.
  virtual core::result<void> delete_node(std::int64_t id) = 0;
  virtual core::result<std::optional<User>> find_user(const std::string& name) = 0;
  virtual core::result<std::vector<User>> users() = 0;
  virtual core::result<User> create_user(const std::string& name) = 0;
  virtual core::result<void> delete_user(std::int64_t id) = 0;
  /// Single use, for an ephemeral node. resource.not_found: no such user (any more).
  virtual core::result<Key> create_key(std::int64_t user, Timestamp expires_at) = 0;
  virtual core::result<std::vector<Key>> keys() = 0;  // without the secret part
  virtual core::result<void> delete_key(std::int64_t id) = 0;

  /// Ends calls that run, and lets later ones fail. Any thread.
  virtual void interrupt() = 0;
};

/// Told after the database knows. Thread-safe; may block for a moment.
class VpnEvents {
 public:
  virtual ~VpnEvents() = default;
  struct Update {
    std::vector<UserId> users;
    Status status = Status::ready;
    std::optional<RoomId> room = {};
    std::optional<std::vector<Peer>> peers = {};
    std::string control_url = {};
    std::string device = {};  // with rejoin: the one meant; empty: all
    bool rejoin = false;      // the device is no node any more: it needs a new key
  };
  virtual void updated(std::span<const Update> updates) = 0;
};

}  // namespace netherlink::vpn
