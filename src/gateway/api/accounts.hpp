#pragma once

#include <functional>
#include <string>
#include <vector>

#include "gateway/http/router.hpp"
#include "netherlink/cache/cache.hpp"
#include "netherlink/config/config.hpp"
#include "netherlink/im/service.hpp"
#include "netherlink/user/service.hpp"
#include "netherlink/vpn/service.hpp"

namespace netherlink::gateway {

/// Registration, signing in, profiles and sessions over REST. The dependencies must outlive the routes.
struct AccountHandlers {
  const config::Config& config;
  user::AccountService& accounts;
  user::UserDirectory& users;
  user::PreferenceService& preferences;
  im::ChatService& chat;
  cache::RateLimiter& limiter;
  /// Into the group or room that a code opens; group.link_invalid, room.link_invalid and what else may be in the way.
  std::function<core::result<void>(core::UserId user, const std::string& code)> enter;
  /// What the virtual LAN says to somebody who signs in (VpnService::greet).
  std::function<vpn::Access(const vpn::VpnService::Device& device)> greet;
  /// Somebody registered, or a guest became an account: a mail to the address they gave.
  std::function<void(const user::User& user, const Request& request)> welcome;
};

std::vector<Route> account_routes(const AccountHandlers& handlers);

}  // namespace netherlink::gateway
