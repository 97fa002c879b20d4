#pragma once

#include <vector>

#include "gateway/http/router.hpp"
#include "netherlink/config/config.hpp"
#include "netherlink/room/service.hpp"
#include "netherlink/vpn/service.hpp"

namespace netherlink::gateway {

constexpr std::size_t vpn_device_bytes = 128;

/// The virtual LAN over REST. The dependencies must outlive the routes.
struct VpnApi {
  const config::Config& config;
  room::RoomService& rooms;
  vpn::VpnService& vpn;
};

std::vector<Route> vpn_routes(const VpnApi& api);

}  // namespace netherlink::gateway
