#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "netherlink/core/result.hpp"
#include "netherlink/room/types.hpp"

namespace netherlink::room {

/// What a transaction writes down for the room's conversation (im::Notice): who came, who went, a system message.
struct Notice {
  std::int64_t id = 0;  // random
  UserId actor = 0;
  std::vector<UserId> joined = {}, left = {}, changed = {};  // changed: their role is another
  std::string content = {}, extra = {};                      // of the system message; empty: none
};

/// A room inside a transaction, and how the person whom the transaction is about stands to it.
struct Draft {
  RoomId id = 0;
  std::optional<Room> room;  // none: there is no such room; may be put there, changed, or taken away (it ends)
  bool banned = false, invited = false;  // of the person
  std::optional<Link> link;
  core::Seq joined_seq = 0;  // last_seq of its conversation, read before the transaction
  std::vector<Notice> notices;
};

/// ONE transaction: no other that names one of these rooms, or gives this person a seat, crosses it.
struct Transaction {
  UserId person = 0;
  RoomId seat = 0;           // the room where the person has a seat; 0: none
  std::vector<Draft> rooms;  // in the order in which they were asked for
  std::vector<RoomId> open;  // see RoomRepository::Ask::open_game
};

/// Rooms, seats, bans, invitations, links: the main database. Calls block. Thread-safe. A failing store is
/// server.unavailable.
class RoomRepository {
 public:
  virtual ~RoomRepository() = default;

  struct Ask {
    UserId person = 0;
    bool arrives = false;  // the person may get a seat: auth.session_revoked if the account is no more
    struct Place {
      RoomId id = 0;
      core::Seq joined_seq = 0;
    };
    std::vector<Place> rooms = {};
    /// Nobody else who asks for the same game crosses this transaction, and it is told which public rooms without a
    /// password wait for players (Transaction::open).
    std::string open_game = {};
  };
  /// Reads, lets `decide` change, writes what differs. An error of `decide` writes nothing. `decide` may be called
  /// again, with what is stored then. room.in_another: the database found a second seat of one person.
  using Decide = std::function<core::result<void>(Transaction&)>;
  virtual core::result<void> change(const Ask& ask, const Decide& decide) = 0;

  virtual core::result<std::optional<Room>> find(RoomId id) = 0;
  virtual core::result<bool> invited(RoomId id, UserId user) = 0;
  /// Where each of `users` who has a seat has it; rooms that are private are left out.
  virtual core::result<std::unordered_map<UserId, RoomId>> shown_seats(std::span<const UserId> users) = 0;
  /// The room a code leads to; 0: none.
  virtual core::result<RoomId> find_link(std::string_view code) = 0;
  /// Public rooms of a game without a password that wait and have space, fullest first.
  virtual core::result<std::vector<RoomId>> open_rooms(std::string_view game_key, std::size_t limit) = 0;

  /// Rooms changed at `since` or later, those that closed among them, by (changed_at, id) behind `after`; name_key is
  /// not filled in.
  struct Changed {
    Listing listing;
    Timestamp changed_at = 0;
  };
  virtual core::result<std::vector<Changed>> changed(Timestamp since, RoomId after, std::size_t limit) = 0;

  struct Held {
    UserId user_id = 0;
    RoomId room_id = 0;
    Timestamp dropped_at = 0;
  };
  /// The seats of these people.
  virtual core::result<std::vector<Held>> held_by(std::span<const UserId> users) = 0;
  /// Every seat, by user id, behind `after`.
  virtual core::result<std::vector<Held>> seats(UserId after, std::size_t limit) = 0;
  /// Seats that are kept since before `time`.
  virtual core::result<std::vector<Held>> kept_since(Timestamp time, std::size_t limit) = 0;
  /// Rooms in which nobody sits.
  virtual core::result<std::vector<RoomId>> deserted(std::size_t limit) = 0;
  /// Of a deleted account, which has no seat any more.
  virtual core::result<void> forget(UserId user) = 0;
  /// What is left of rooms that closed before `time`.
  virtual core::result<void> purge(Timestamp time) = 0;
};

/// What a committed transaction made of a room.
struct News {
  std::optional<Room> before, after;  // no `before`: it is new; no `after`: it ended
  std::string_view closed;            // why it ended: closed (by the owner), empty
  std::vector<UserId> joined;
  struct Left {
    UserId user_id = 0;
    Leave reason = Leave::left;
  };
  std::vector<Left> left;
};

/// Told after the database knows. Thread-safe; may block for a moment. What is lost here is found by whoever reads.
class RoomEvents {
 public:
  virtual ~RoomEvents() = default;
  virtual void changed(const News& news) = 0;
  virtual void invited(const Room& room, UserId from, UserId to) = 0;
};

/// The conversations of rooms. Thread-safe; calls block.
class RoomChat {
 public:
  virtual ~RoomChat() = default;
  virtual core::result<core::Seq> last_seq(RoomId id) = 0;
  /// After the commit: see Notice.
  virtual void tell(std::span<const std::int64_t> notices) = 0;
};

/// What rooms ask about people. Thread-safe; calls block.
class RoomPeople {
 public:
  virtual ~RoomPeople() = default;
  struct Standing {
    bool exists = false, friends = false, blocked = false;
  };
  virtual core::result<Standing> standing(UserId from, UserId to) = 0;
  virtual core::result<std::vector<UserId>> friends_of(UserId user) = 0;
  /// Those of `users` who have a socket, on any replica.
  virtual std::vector<UserId> online(std::span<const UserId> users) = 0;
  /// False while online() may miss people of other replicas: nobody is to lose a seat for it.
  virtual bool online_is_known() = 0;
  virtual std::string name_of(UserId user) = 0;
};

}  // namespace netherlink::room
