#pragma once

#include <vector>

#include "gateway/http/router.hpp"
#include "netherlink/cache/cache.hpp"
#include "netherlink/config/config.hpp"
#include "netherlink/im/service.hpp"
#include "netherlink/user/service.hpp"

namespace netherlink::gateway {

/// Registration, signing in, profiles and sessions over REST. The dependencies must outlive the routes.
struct AccountHandlers {
  const config::Config& config;
  user::AccountService& accounts;
  user::UserDirectory& users;
  user::PreferenceService& preferences;
  im::ChatService& chat;
  cache::RateLimiter& limiter;
};

std::vector<Route> account_routes(const AccountHandlers& handlers);

}  // namespace netherlink::gateway
