#pragma once

#include <optional>
#include <string_view>

#include "gateway/http/router.hpp"
#include "netherlink/cache/cache.hpp"
#include "netherlink/config/config.hpp"

namespace netherlink::gateway {

/// The buckets of the HTTP side (rate_limits.*). Each answers request.rate_limited with how long to wait, or nothing.
/// Thread-safe; the configuration and the limiter must outlive it.
class RateLimits {
 public:
  RateLimits(const config::Config::RateLimits& config, cache::RateLimiter& limiter)
      : config_(config), limiter_(limiter) {}

  /// Every request that is not a probe.
  std::optional<core::Error> by_address(std::string_view address) const;
  /// Routes with a token.
  std::optional<core::Error> by_user(core::UserId user) const;
  /// What the route has beside: by address: signing in, registration, mail.
  std::optional<core::Error> by_class(RateClass rate_class, std::string_view address) const;
  /// WebSocket handshakes.
  std::optional<core::Error> by_connect(std::string_view address) const;

 private:
  std::optional<core::Error> take(std::string_view kind, std::string_view key,
                                  const config::Config::Bucket& bucket) const;

  const config::Config::RateLimits& config_;
  cache::RateLimiter& limiter_;
};

}  // namespace netherlink::gateway
