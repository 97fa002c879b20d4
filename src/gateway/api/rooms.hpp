#pragma once

#include <vector>

#include "gateway/http/router.hpp"
#include "netherlink/config/config.hpp"
#include "netherlink/core/worker_pool.hpp"
#include "netherlink/room/service.hpp"
#include "netherlink/user/service.hpp"

namespace netherlink::gateway {

/// Rooms over REST. The dependencies must outlive the routes. What carries a password goes on on
/// the password pool.
struct RoomApi {
  const config::Config& config;
  room::RoomService& rooms;
  user::UserDirectory& users;
  core::WorkerPool& password_pool;
};

std::vector<Route> room_routes(RoomApi api);

}  // namespace netherlink::gateway
