#pragma once

#include "netherlink/friend/ports.hpp"
#include "netherlink/friend/presence.hpp"
#include "netherlink/im/push.hpp"
#include "netherlink/user/service.hpp"

namespace netherlink::gateway {

/// Tells people's devices, on every replica, what happened between them: each frame is written once. Thread-safe; calls
/// may block for a moment.
class FriendFrames final : public friends::FriendEvents {
 public:
  FriendFrames(im::Announcer& announcer, user::UserDirectory& users, friends::PresenceService& presence)
      : announcer_(announcer), users_(users), presence_(presence) {}

  void requested(const friends::Request& request) override;
  void withdrawn(const friends::Request& request) override;
  /// Both also learn whether the other is there.
  void befriended(core::UserId a, core::UserId b, core::Timestamp since) override;
  void separated(core::UserId a, core::UserId b) override;
  void relations_changed(std::span<const core::UserId> users) override;

 private:
  void tell_request(const friends::Request& request, std::vector<core::UserId> whom);

  im::Announcer& announcer_;
  user::UserDirectory& users_;
  friends::PresenceService& presence_;
};

class PresenceFrames final : public friends::PresenceEvents {
 public:
  explicit PresenceFrames(im::Announcer& announcer) : announcer_(announcer) {}
  void presence_changed(std::span<const friends::PresenceChange> changes) override;

 private:
  im::Announcer& announcer_;
};

}  // namespace netherlink::gateway
