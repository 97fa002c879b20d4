#pragma once

#include <span>

#include "netherlink/core/ids.hpp"

namespace netherlink::bus {
class PushBus;
}

namespace netherlink::im {

/// Tells every replica that these sessions ended: their sockets close. Thread-safe.
void publish_revocations(bus::PushBus& push, std::span<const core::SessionId> sessions);

}  // namespace netherlink::im
