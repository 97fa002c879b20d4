#pragma once

#include <memory>
#include <span>

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
  /// These sessions ended: their sockets close, and their access tokens are refused until `until`.
  void revoke(std::span<const core::SessionId> sessions, core::Timestamp until);

  PushRouter& router() { return *router_; }

 private:
  std::unique_ptr<PushRouter> router_;
};

}  // namespace netherlink::im
