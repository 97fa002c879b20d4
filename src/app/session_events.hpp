#pragma once

#include <chrono>

#include "netherlink/bus/bus.hpp"
#include "netherlink/cache/cache.hpp"
#include "netherlink/im/push.hpp"
#include "netherlink/user/ports.hpp"

namespace netherlink::app {

/// A revoked session: its access tokens are refused from here on, its sockets are closed on every replica. Thread-safe.
class BroadcastSessionEvents final : public user::SessionEvents {
 public:
  BroadcastSessionEvents(cache::RevokedSessions& revoked, bus::PushBus& push, std::chrono::seconds access_ttl)
      : revoked_(revoked), push_(push), access_ttl_(access_ttl) {}

  void sessions_revoked(std::span<const core::SessionId> ids) override {
    const auto until = core::now_ms() + std::chrono::milliseconds(access_ttl_).count();
    for (const auto id : ids) revoked_.add(id, until);
    im::publish_revocations(push_, ids, until);
  }

 private:
  cache::RevokedSessions& revoked_;
  bus::PushBus& push_;
  std::chrono::seconds access_ttl_;
};

}  // namespace netherlink::app
