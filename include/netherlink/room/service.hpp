#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "netherlink/cache/cache.hpp"
#include "netherlink/core/result.hpp"
#include "netherlink/crypto/password.hpp"
#include "netherlink/id/snowflake.hpp"
#include "netherlink/room/ports.hpp"

namespace netherlink::room {

struct Options {
  std::size_t max_players = 64, default_players = 8, name_bytes = 128, game_bytes = 64, password_bytes = 128;
  std::chrono::milliseconds seat_grace{60'000};
  std::chrono::milliseconds list_max_age{200};  // of what the list shows of other replicas
  std::chrono::milliseconds sweep_interval{1000};
  bool limit_guesses = true;
  cache::BucketSize guesses{10, 0.1};  // of passwords and codes, by one person
};

struct NewRoom {
  std::string name, game;
  std::optional<std::size_t> max_players = {};
  std::optional<std::string> password = {};
  Visibility visibility = Visibility::everyone;
};

/// nullopt: stays as it is.
struct RoomChange {
  std::optional<std::string> name = {}, game = {};
  std::optional<std::size_t> max_players = {};
  std::optional<std::optional<std::string>> password = {};  // inner nullopt: none any more
  std::optional<Visibility> visibility = {};
};

struct JoinRequest {
  std::optional<std::string> password = {};
  bool leave_other = false;  // give up the seat in another room for it, instead of room.in_another
};

/// R1-R10: rooms, their seats, their list. Thread-safe. Calls block: store pool; those that are given a password hash
/// it: password pool. Rooms that the caller may not know of are resource.not_found; every call may answer
/// server.unavailable when the store does. The referenced objects must outlive the service.
class RoomService {
 public:
  struct Dependencies {
    Options options;
    RoomRepository& repository;
    RoomEvents& events;
    RoomChat& chat;
    RoomPeople& people;
    cache::RateLimiter& limiter;
    const crypto::PasswordHasher& hasher;
    id::Generator& ids;
  };
  explicit RoomService(const Dependencies& dependencies);
  ~RoomService();

  /// A thread looks after seats that are kept, and rooms that nobody is in.
  void start();
  void stop();

  /// request.invalid, room.in_another.
  core::result<Room> create(UserId user, const NewRoom& wanted, bool leave_other);
  core::result<Room> find(UserId user, RoomId id);
  /// room.forbidden, request.invalid; room.full: more are in it than are to fit.
  core::result<Room> update(UserId user, RoomId id, const RoomChange& change);
  /// room.forbidden.
  core::result<void> close(UserId user, RoomId id);

  /// Again, or by a member: the room. room.banned, room.wrong_password, request.rate_limited, room.wrong_state,
  /// room.full, room.in_another.
  core::result<Room> join(UserId user, RoomId id, const JoinRequest& request);
  /// The same, and room.link_invalid.
  core::result<Room> join_by_code(UserId user, std::string_view code, const JoinRequest& request);
  struct QuickJoin {
    Room room;
    bool created = false;
  };
  /// Into the fullest room of a game that waits and anyone may join, or a new one. room.in_another.
  core::result<QuickJoin> quick_join(UserId user, const std::string& game, bool leave_other);
  /// The room as it is then, without anybody if it ended.
  core::result<Room> leave(UserId user, RoomId id);

  // room.forbidden, room.wrong_state, room.not_ready.
  core::result<Room> set_ready(UserId user, RoomId id, bool ready);
  core::result<Room> start_game(UserId user, RoomId id);
  core::result<Room> finish_game(UserId user, RoomId id);
  core::result<Room> reopen(UserId user, RoomId id);

  /// Bans for the life of the room, or until invited. room.forbidden, user.not_found (sits there not), request.invalid.
  core::result<Room> kick(UserId user, RoomId id, UserId whom);
  core::result<Room> transfer(UserId user, RoomId id, UserId to);
  /// A member asks a friend in. user.not_found, user.not_reachable; room.forbidden: only the owner invites whom they
  /// kicked.
  core::result<Room> invite(UserId user, RoomId id, UserId whom);

  /// Replaces the one before. room.forbidden.
  core::result<Link> make_link(UserId user, RoomId id, std::optional<std::chrono::seconds> expires_in,
                               std::optional<std::size_t> max_uses);
  core::result<void> drop_link(UserId user, RoomId id);

  struct ListQuery {
    Filter filter = {};
    Sort sort = Sort::newest;
    std::string cursor = {};  // of the page before, or empty
    std::size_t limit = 50;
  };
  /// Of public rooms, those of friends that are for friends, and one's own. request.invalid: not a cursor.
  core::result<ListPage> list(UserId user, const ListQuery& query);

  /// In which rooms `users` are, as far as others may know.
  core::result<std::unordered_map<UserId, RoomId>> whereabouts(std::span<const UserId> users);

  /// Somebody's first socket is there, or the last one is gone. Any thread, never blocks.
  void moved(UserId user);

  /// After an account was deleted. Idempotent.
  core::result<void> forget(UserId user);

  const Options& options() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace netherlink::room
