#include "netherlink/im/push.hpp"

#include "im/wire.hpp"
#include "netherlink/bus/bus.hpp"

namespace netherlink::im {

void publish_revocations(bus::PushBus& push, std::span<const core::SessionId> sessions, core::Timestamp until) {
  PushEnvelope envelope;
  envelope.revoked_sessions.assign(sessions.begin(), sessions.end());
  envelope.revoked_until = until;
  push.publish({}, std::make_shared<const std::string>(wire::encode_push(envelope)));
}

}  // namespace netherlink::im
