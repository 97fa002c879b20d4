#pragma once

#include <functional>
#include <vector>

#include "netherlink/metrics/metrics.hpp"
#include "netherlink/room/service.hpp"
#include "room/edit.hpp"
#include "room/list.hpp"
#include "room/sweeper.hpp"

namespace netherlink::room {

/// What is to be told after a commit.
struct Outcome {
  std::vector<News> news;
  std::vector<std::int64_t> notices;
};

/// How somebody is about to take a seat.
struct Arrival {
  UserId user = 0;
  RoomId room = 0;
  bool leave_other = false;
  std::string known_hash = {};       // of the password that was given, if it is right
  std::string code = {};             // of a link; empty: they came by themselves
  std::optional<Room> made = {};     // the room is new
  std::string open_game = {};        // and only if no other of this game is open; see RoomRepository::Ask
  std::vector<RoomId> refused = {};  // but for those, which would not have them
};

/// What the calls of the service have in common.
struct RoomService::Impl {
  explicit Impl(const Dependencies& d);

  /// Runs one transaction and tells of it.
  using Decide = std::function<core::result<void>(Transaction&, Outcome&)>;
  core::result<void> change(const RoomRepository::Ask& ask, const Decide& decide);
  /// The same for one room in which `user` sits (else room.forbidden, or resource.not_found where even the room is not
  /// theirs to know); answers the room as it is then. `person`: whom the transaction is about.
  using Act = std::function<core::result<void>(Draft&, Edit&)>;
  core::result<Room> act(UserId user, RoomId id, UserId person, const Act& act);

  core::result<Room> find(UserId user, RoomId id);
  core::result<bool> visible(UserId user, const Room& room);
  bool online(UserId user);
  /// Takes one guess of a password or code off what the person has.
  core::result<void> take_guess(UserId user);

  core::result<void> check(const RoomChange& wanted) const;
  core::result<Room> make_room(UserId user, const NewRoom& wanted) const;

  /// nullopt: what was read before does not hold any more.
  core::result<std::optional<Room>> try_arrive(const Arrival& arrival);
  /// Tries with what `prepare` reads, again while it does not hold.
  core::result<Room> arrive(const std::function<core::result<Arrival>()>& prepare);
  core::result<Arrival> approach(UserId user, RoomId id, const JoinRequest& request, std::string_view code);

  // What the sweeper asks for.
  void set_online(UserId user, RoomId room, bool is_online);
  void drop(const RoomRepository::Held& held);
  void end_deserted(RoomId room);
  void count_rooms();

  metrics::Gauge& open_rooms = metrics::gauge("netherlink_rooms", "Rooms that are open, wherever they were opened");
  Dependencies deps;
  RoomList list;
  Sweeper sweeper;
};

core::Error invalid(std::string field, std::string message);

}  // namespace netherlink::room
