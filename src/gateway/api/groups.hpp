#pragma once

#include <vector>

#include "gateway/http/router.hpp"
#include "netherlink/config/config.hpp"
#include "netherlink/im/groups.hpp"
#include "netherlink/user/service.hpp"

namespace netherlink::gateway {

/// Groups, their members, links and bans over REST. The dependencies must outlive the routes.
struct GroupApi {
  const config::Config& config;
  im::GroupService& groups;
  user::UserDirectory& users;
};

std::vector<Route> group_routes(const GroupApi& api);

}  // namespace netherlink::gateway
