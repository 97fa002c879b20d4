#pragma once

#include <chrono>
#include <deque>
#include <optional>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "friend/arrivals.hpp"
#include "netherlink/friend/ports.hpp"

namespace netherlink::cache {
class Presence;
}

namespace netherlink::friends {

/// Tells friends and watchers who came and went. What two replicas tell at nearly the same time may arrive in either
/// order, and the store may fail: so a moment later it looks whether what was told last is still so, and tells again if
/// not. Not thread-safe; calls block.
class PresenceTeller {
 public:
  PresenceTeller(cache::Presence& presence, ContactRepository& contacts, PresenceEvents& events,
                 Whereabouts* whereabouts, std::chrono::milliseconds confirm_after)
      : presence_(presence),
        contacts_(contacts),
        events_(events),
        whereabouts_(whereabouts),
        confirm_after_(confirm_after) {}

  /// These came (or went) a moment ago.
  void tell(std::span<const UserId> users, bool online);
  /// How these may be seen has changed.
  void show(std::span<const UserId> users);
  /// These are in another room, or in none any more: those who may see that they are there learn it.
  void tell_where(std::span<const UserId> users);
  void confirm(Clock::time_point now);
  /// When confirm() has something to do; max(): nothing.
  Clock::time_point due() const;
  void note_seen(std::span<const UserId> users);

 private:
  struct Told {
    std::optional<bool> online;  // nullopt: it could not be told
    Clock::time_point look_again{};
  };

  bool announce(std::span<const UserId> users, bool online);
  std::unordered_map<UserId, std::int64_t> rooms_of(std::span<const UserId> users);

  cache::Presence& presence_;
  ContactRepository& contacts_;
  PresenceEvents& events_;
  Whereabouts* const whereabouts_;
  const std::chrono::milliseconds confirm_after_;
  std::unordered_map<UserId, Told> told_;  // the last that was told of each
  std::deque<std::pair<Clock::time_point, UserId>> due_;
};

}  // namespace netherlink::friends
