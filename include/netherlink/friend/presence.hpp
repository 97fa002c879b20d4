#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <vector>

#include "netherlink/core/result.hpp"
#include "netherlink/friend/ports.hpp"
#include "netherlink/friend/types.hpp"

namespace netherlink::cache {
class Presence;
}

namespace netherlink::friends {

/// F3: who is there. Somebody is online while any socket of theirs is open on any replica, and for `grace` after the
/// last one closed, so that a page that is loaded again or a change of network is not seen. A thread of its own looks
/// after what came and went, many people at a time.
class PresenceService {
 public:
  struct Options {
    std::chrono::milliseconds grace{3000};
    std::chrono::milliseconds sweep_every{2000};    // looks for people whom a replica that is gone left behind
    std::chrono::milliseconds confirm_after{1000};  // looks again at what was told, since another replica's news may
                                                    // have overtaken ours
  };

  /// `whereabouts` nullptr: nobody is anywhere.
  PresenceService(Options options, cache::Presence& presence, ContactRepository& contacts, PresenceEvents& events,
                  Whereabouts* whereabouts = nullptr);
  ~PresenceService();

  void start();
  /// Notes when those who are here were last seen. Tells nobody: they are on their way to another replica, and if they
  /// do not arrive, a sweep there tells.
  void stop();

  // Any thread, never block.

  /// One more socket of `user` on this replica; one less.
  void connected(UserId user);
  void disconnected(UserId user);
  /// Whether they may be seen has changed: those who are told of them learn what they may see now.
  void visibility_changed(UserId user);
  /// They are in another room, or in none any more.
  void moved(UserId user);

  /// In the order of `targets`, as `viewer` may know them; whom one may not see looks like nobody. Blocks: store pool.
  core::result<std::vector<PresenceView>> view(UserId viewer, std::span<const UserId> targets);
  /// Those of `users` who have a socket, on any replica. May block for a moment.
  std::vector<UserId> online(std::span<const UserId> users);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace netherlink::friends
