#include "gateway/ws/wide_writes.hpp"

#include <algorithm>
#include <utility>

#include "gateway/ws/hub.hpp"

namespace netherlink::gateway::ws {

WideWrites::WideWrites(Hub& hub, IoThread& thread) : alarm_(thread, [&hub] { hub.schedule_turn(); }) {}

void WideWrites::add(Session& session) {
  if (std::exchange(session.in_wide_writes, true)) return;
  sessions_.push_back(&session);
}

void WideWrites::write() {
  if (sessions_.empty()) return;
  const auto begin = Clock::now();
  if (begin < next_round_) {
    if (!std::exchange(alarm_set_, true)) alarm_.set(next_round_);
    return;
  }
  alarm_set_ = false;
  for (Session* const session : std::exchange(sessions_, {})) {
    session->in_wide_writes = false;
    session->flush();
  }
  next_round_ = begin + std::min<Clock::duration>(2 * (Clock::now() - begin), longest_distance);
}

void WideWrites::clear() {
  alarm_.cancel();
  sessions_.clear();
}

}  // namespace netherlink::gateway::ws
