#pragma once

#include <optional>
#include <string_view>

#include "netherlink/core/result.hpp"
#include "netherlink/room/ports.hpp"

namespace netherlink::room {

/// What the rules of rooms do to one room of a transaction, and what is to be told of it afterwards. Lives inside the
/// transaction's `decide`.
class Edit {
 public:
  Edit(Draft& draft, Timestamp now);

  /// A new room, with its owner in the first seat.
  void open(Room room, bool online);
  void take_seat(UserId user, bool online, std::string_view name);
  /// Whoever sits longest owns the room after its owner, before those who have dropped; the last one out ends it.
  void give_up_seat(UserId user, Leave reason, UserId actor, std::string_view name);
  void close(UserId actor);
  void hand_over(UserId user, UserId actor);

  // Only what is legal: room.forbidden (only the owner may), room.wrong_state, room.not_ready.
  core::result<void> start(UserId user, std::string_view name);
  core::result<void> finish(UserId user, std::string_view name);
  core::result<void> reopen(UserId user, std::string_view name);
  core::result<void> set_ready(UserId user, bool ready);

  Room& room() { return *draft_.room; }
  /// nullopt: nothing changed.
  std::optional<News> news();

 private:
  core::result<void> move(UserId user, Status from, Status to);
  void pass_on(UserId leaver);
  Notice& note(UserId actor, std::string_view event, UserId user, std::string content);

  Draft& draft_;
  const Timestamp now_;
  News news_;
};

}  // namespace netherlink::room
