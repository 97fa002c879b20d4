#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gateway/http/router.hpp"
#include "netherlink/cache/cache.hpp"
#include "netherlink/config/config.hpp"
#include "netherlink/mail/service.hpp"
#include "netherlink/user/service.hpp"

namespace netherlink::gateway {

/// Addresses that are confirmed and passwords that are reset, over REST (U9). The dependencies must outlive the routes.
struct EmailHandlers {
  const config::Config& config;
  mail::EmailService& mail;
  user::UserDirectory& users;
  cache::RateLimiter& limiter;
};

std::vector<Route> email_routes(const EmailHandlers& handlers);

/// The language that a person would rather read, of those that letters are written in (RFC 9110 section 12.5.4).
mail::Language language_of(std::string_view accept_language);

/// What is asked for is behind the answer. The address of somebody who has just registered gets its code, unless so
/// many were asked for that it has to wait until the person asks: then nothing happens.
void greet_by_mail(const EmailHandlers& handlers, const user::User& user, const Request& request);

}  // namespace netherlink::gateway
