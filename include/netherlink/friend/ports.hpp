#pragma once

#include <functional>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "netherlink/core/result.hpp"
#include "netherlink/friend/types.hpp"

namespace netherlink::friends {

/// All that stands between two people, seen from the first of them: "mine" is of the one who acts.
struct Pair {
  UserId me = 0, other = 0;
  bool i_block = false, blocks_me = false;
  Timestamp friends_since = 0;            // 0: they are not friends
  std::optional<Request> sent, received;  // the latest of me to the other, of the other to me

  // How much each has already, for the limits; not changed by the decision.
  std::size_t my_friends = 0, their_friends = 0, my_pending = 0, my_blocks = 0;
};

/// Friendships, requests and blocks: the main database. Calls block. Thread-safe. A failing store is
/// server.unavailable.
class FriendRepository {
 public:
  virtual ~FriendRepository() = default;

  /// ONE transaction that nobody else who changes the same pair (or deletes one of the accounts) can cross: reads the
  /// pair, lets `decide` change it, writes what differs. An error of `decide` writes nothing. `decide` may be called
  /// again, with what is stored then. user.not_found: the other is no more; auth.session_revoked: `me` is not.
  using Decide = std::function<core::result<void>(Pair&)>;
  virtual core::result<void> change(UserId me, UserId other, const Decide& decide) = 0;

  virtual core::result<std::optional<Request>> find_request(std::int64_t id) = 0;
  /// Pending ones, newest first, ids below `before`.
  virtual core::result<std::vector<Request>> requests(UserId user, bool incoming, std::int64_t before,
                                                      std::size_t limit) = 0;
  /// By id of the friend, ascending, above `after`.
  virtual core::result<std::vector<Friendship>> friends(UserId user, UserId after, std::size_t limit) = 0;
  /// By id, ascending, above `after`.
  virtual core::result<std::vector<UserId>> blocked(UserId user, UserId after, std::size_t limit) = 0;

  /// Everything of a deleted account, in both directions; answers who were its friends. Idempotent.
  virtual core::result<std::vector<UserId>> forget(UserId user) = 0;
};

/// What decides who may reach and see whom. Calls block. Thread-safe.
class ContactRepository {
 public:
  virtual ~ContactRepository() = default;

  /// In the order of `targets`. Asked of the database that is written: never older than the last commit.
  virtual core::result<std::vector<Standing>> standings(UserId viewer, std::span<const UserId> targets) = 0;

  struct Audience {
    bool shows_presence = true;
    std::vector<UserId> friends;
  };
  /// Of each of `users`.
  virtual core::result<std::unordered_map<UserId, Audience>> audiences(std::span<const UserId> users) = 0;

  struct Seen {
    UserId user = 0;
    Timestamp at = 0;
  };
  /// Never goes back.
  virtual core::result<void> note_seen(std::span<const Seen> seen) = 0;
  /// Those that were ever seen.
  virtual core::result<std::vector<Seen>> last_seen(std::span<const UserId> users) = 0;
};

/// Told after the database knows. Thread-safe; may block for a moment. What is lost here is found by whoever reads the
/// lists.
class FriendEvents {
 public:
  virtual ~FriendEvents() = default;
  /// Both people's devices learn of a new request.
  virtual void requested(const Request& request) = 0;
  /// Only `to` learns of it, on their devices: rejecting is silent.
  virtual void withdrawn(const Request& request) = 0;
  virtual void befriended(UserId a, UserId b, Timestamp since) = 0;
  virtual void separated(UserId a, UserId b) = 0;
  /// What is remembered anywhere about who may reach these people is to be forgotten.
  virtual void relations_changed(std::span<const UserId> users) = 0;
};

struct PresenceChange {
  UserId user = 0;
  bool online = false;
  Timestamp last_seen = 0;
  std::int64_t room_id = 0;     // see PresenceView
  std::vector<UserId> friends;  // who are told; watchers besides
};

/// In which room somebody is, for those who may see whether they are there. Thread-safe; calls block.
class Whereabouts {
 public:
  virtual ~Whereabouts() = default;
  /// Those who are in a room that others may know of; nobody while that cannot be said.
  virtual std::unordered_map<UserId, std::int64_t> rooms_of(std::span<const UserId> users) = 0;
};

class PresenceEvents {
 public:
  virtual ~PresenceEvents() = default;
  /// May block for a moment.
  virtual void presence_changed(std::span<const PresenceChange> changes) = 0;
  /// These came, or went, whether others may know of it or not. Never blocks.
  virtual void came_or_went(std::span<const UserId> /*users*/) {}
};

}  // namespace netherlink::friends
