#pragma once

#include <vector>

#include "gateway/http/router.hpp"
#include "netherlink/config/config.hpp"
#include "netherlink/friend/presence.hpp"
#include "netherlink/friend/service.hpp"
#include "netherlink/user/service.hpp"

namespace netherlink::gateway {

/// Friends, requests and blocks over REST. The dependencies must outlive the routes.
struct FriendApi {
  const config::Config& config;
  friends::FriendService& friends;
  friends::PresenceService& presence;
  user::UserDirectory& users;
};

std::vector<Route> friend_routes(FriendApi api);

}  // namespace netherlink::gateway
