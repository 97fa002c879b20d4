#pragma once

#include <span>

#include "netherlink/core/ids.hpp"

namespace netherlink::bus {
class PushBus;
}

namespace netherlink::im {

/// Tells every replica that these sessions ended: their sockets close, and their access tokens are refused until
/// `until`. Thread-safe.
void publish_revocations(bus::PushBus& push, std::span<const core::SessionId> sessions, core::Timestamp until);

}  // namespace netherlink::im
