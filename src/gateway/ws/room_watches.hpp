#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "gateway/net/timing_wheel.hpp"
#include "gateway/ws/push.hpp"
#include "netherlink/room/types.hpp"

namespace netherlink::gateway::ws {

class Hub;
class Session;

/// What one session watches of the list of rooms.
struct RoomWatch {
  room::Filter filter;
  std::shared_ptr<const void> interest;
  std::size_t place = 0;  // among the watchers
};

/// `rooms.watch` of the sessions of one I/O thread. A change was encoded once for all of them; what happens to one room
/// within the interval is told once, as it is at its end. Belongs to the thread.
class RoomWatches final : private WheelTimer {
 public:
  explicit RoomWatches(Hub& hub) : hub_(hub) {}

  /// Replaces what the session watched.
  void watch(Session& session, room::Filter filter, std::shared_ptr<const void> interest);
  void drop(Session& session);

  /// An event with a list and facts.
  void take(const std::shared_ptr<const EncodedEvent>& encoded);

 private:
  using Events = std::vector<std::shared_ptr<const EncodedEvent>>;  // in order

  void on_timer() override;
  void tell(const Events& events);

  Hub& hub_;
  std::vector<Session*> watchers_;
  std::unordered_map<room::RoomId, Events> changes_;  // since the last turn
};

}  // namespace netherlink::gateway::ws
