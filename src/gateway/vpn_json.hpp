#pragma once

#include <span>

#include "netherlink/core/json_writer.hpp"
#include "netherlink/vpn/types.hpp"

namespace netherlink::gateway {

/// The `vpn` object of a login. `lag`: of GET /vpn/status.
void write_vpn_access(core::JsonWriter& out, const vpn::Access& access, const vpn::Lag* lag = nullptr);
void write_vpn_peers(core::JsonWriter& out, std::span<const vpn::Peer> peers);

}  // namespace netherlink::gateway
