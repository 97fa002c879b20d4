#include "cache/memory/revoked_sessions.hpp"

#include <mutex>

namespace netherlink::cache {

void MemoryRevokedSessions::add(core::SessionId session, core::Timestamp until) {
  const auto now = core::now_ms();
  std::unique_lock lock(mutex_);
  while (!expiries_.empty() && expiries_.top().first < now) {
    sessions_.erase(expiries_.top().second);
    expiries_.pop();
  }
  if (sessions_.insert(session).second) expiries_.emplace(until, session);
}

bool MemoryRevokedSessions::contains(core::SessionId session) const {
  std::shared_lock lock(mutex_);
  return sessions_.contains(session);
}

}  // namespace netherlink::cache
