#pragma once

#include <chrono>
#include <vector>

#include "gateway/net/alarm.hpp"

namespace netherlink::gateway::ws {

class Hub;
class Session;

/// Sessions for which only messages of conversations with many subscribers wait. A round of writes to a thousand
/// sockets takes milliseconds, nearly as long for ten frames as for one. So rounds keep a distance of twice what the
/// last one took, at most longest_distance: at least half of the thread's time stays for everybody else, and the busier
/// such a conversation is, the more of its frames leave in one write. The first message after a pause leaves at once,
/// and so does everything queued for a session that gets anything else. Of one I/O thread.
class WideWrites {
 public:
  /// From so many subscribers of one thread on.
  static constexpr std::size_t subscribers = 256;
  static constexpr std::chrono::milliseconds longest_distance{20};

  WideWrites(Hub& hub, IoThread& thread);

  void add(Session& session);
  /// At the end of a turn: a round, if it is time.
  void write();
  void clear();

 private:
  Alarm alarm_;
  bool alarm_set_ = false;
  std::vector<Session*> sessions_;
  std::chrono::steady_clock::time_point next_round_;
};

}  // namespace netherlink::gateway::ws
