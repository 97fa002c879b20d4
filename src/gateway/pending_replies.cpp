#include "gateway/pending_replies.hpp"

#include <vector>

#include "gateway/ws/connection_id.hpp"

namespace netherlink::gateway {

im::Origin PendingReplies::add(Handler handler, Clock::duration timeout) {
  const std::lock_guard lock(mutex_);
  const std::uint64_t connection = ws::ConnectionId::of_rest(++last_);
  waiting_.emplace(connection, Waiting{std::move(handler), Clock::now() + timeout});
  return {connection, 0};
}

void PendingReplies::complete(const im::Origin& origin, const CommandOutcome& outcome) {
  Handler handler;
  {
    const std::lock_guard lock(mutex_);
    const auto found = waiting_.find(origin.connection);
    if (found == waiting_.end()) return;
    handler = std::move(found->second.handler);
    waiting_.erase(found);
  }
  handler(outcome);
}

void PendingReplies::expire(Clock::time_point now) {
  std::vector<Handler> overdue;
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(waiting_, [&](auto& entry) {
      if (entry.second.deadline > now) return false;
      overdue.push_back(std::move(entry.second.handler));
      return true;
    });
  }
  const core::Error error = errors::server_unavailable;
  for (const auto& handler : overdue) handler({.error = &error});
}

}  // namespace netherlink::gateway
