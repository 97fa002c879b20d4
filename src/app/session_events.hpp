#pragma once

#include <chrono>

#include "netherlink/cache/cache.hpp"
#include "netherlink/im/push.hpp"
#include "netherlink/user/ports.hpp"

namespace netherlink::app {

/// A revoked session: its access tokens are refused from here on, its sockets are closed on every replica. Thread-safe.
class BroadcastSessionEvents final : public user::SessionEvents {
 public:
  BroadcastSessionEvents(cache::RevokedSessions& revoked, im::Announcer& announcer, std::chrono::seconds access_ttl)
      : revoked_(revoked), announcer_(announcer), access_ttl_(access_ttl) {}

  void sessions_revoked(std::span<const core::SessionId> ids) override {
    const auto until = core::now_ms() + std::chrono::milliseconds(access_ttl_).count();
    for (const auto id : ids) revoked_.add(id, until);
    announcer_.revoke(ids, until);
  }

 private:
  cache::RevokedSessions& revoked_;
  im::Announcer& announcer_;
  std::chrono::seconds access_ttl_;
};

}  // namespace netherlink::app
