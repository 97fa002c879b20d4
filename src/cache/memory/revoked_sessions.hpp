#pragma once

#include <queue>
#include <shared_mutex>
#include <unordered_set>
#include <vector>

#include "netherlink/cache/cache.hpp"

namespace netherlink::cache {

/// See cache::RevokedSessions. Bounded by the revocations within one lifetime of an access token.
class MemoryRevokedSessions final : public RevokedSessions {
 public:
  void add(core::SessionId session, core::Timestamp until) override;
  bool contains(core::SessionId session) const override;

 private:
  using Expiry = std::pair<core::Timestamp, core::SessionId>;

  mutable std::shared_mutex mutex_;
  std::unordered_set<core::SessionId> sessions_;
  std::priority_queue<Expiry, std::vector<Expiry>, std::greater<>> expiries_;
};

}  // namespace netherlink::cache
