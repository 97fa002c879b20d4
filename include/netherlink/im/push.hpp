#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "netherlink/core/ids.hpp"
#include "netherlink/im/ports.hpp"

namespace netherlink::bus {
class PushBus;
}
namespace netherlink::cache {
class Interest;
}

namespace netherlink::im {

class PushRouter;

/// The way to the sockets of every replica. Thread-safe. Calls may block for a moment: not on I/O threads.
class Announcer {
 public:
  /// `interest` nullptr: there is one replica.
  Announcer(bus::PushBus& push, cache::Interest* interest);
  ~Announcer();

  void tell(PeopleEvent event);
  /// One push for all of them, in order.
  void tell(std::vector<PeopleEvent> events);
  /// To the replicas that need it.
  void publish(const PushEnvelope& envelope);
  /// On return this replica remembers nothing old of `users` and of who may reach them; others follow at once.
  void changed(std::span<const UserId> users);
  /// What this replica does about changed(), also when another replica says so. Set once, before the first use.
  void on_changed(std::function<void(std::span<const UserId>)> forget) { forget_ = std::move(forget); }
  /// These sessions ended: their sockets close, and their access tokens are refused until `until`.
  void revoke(std::span<const core::SessionId> sessions, core::Timestamp until);

  PushRouter& router() { return *router_; }

 private:
  std::unique_ptr<PushRouter> router_;
  std::function<void(std::span<const UserId>)> forget_;
};

}  // namespace netherlink::im
