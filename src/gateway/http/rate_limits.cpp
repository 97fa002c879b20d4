#include "gateway/http/rate_limits.hpp"

#include <string>

#include "gateway/http/client_address.hpp"

namespace netherlink::gateway {

std::optional<core::Error> RateLimits::by_address(std::string_view address) const {
  return config_.enabled ? take("ip:", rate_key(address), config_.ip) : std::nullopt;
}

std::optional<core::Error> RateLimits::by_user(core::UserId user) const {
  return config_.enabled ? take("user:", std::to_string(user), config_.user) : std::nullopt;
}

std::optional<core::Error> RateLimits::by_class(RateClass rate_class, std::string_view address) const {
  if (!config_.enabled || rate_class == RateClass::none) return std::nullopt;
  if (rate_class == RateClass::login) return take("login_ip:", rate_key(address), config_.login_ip);
  if (rate_class == RateClass::mail) return take("email_ip:", rate_key(address), config_.email_ip);
  if (rate_class == RateClass::mail_code) return take("email_code_ip:", rate_key(address), config_.email_code_ip);
  return take("register_ip:", rate_key(address), config_.register_ip);
}

std::optional<core::Error> RateLimits::by_connect(std::string_view address) const {
  return config_.enabled ? take("ws_connect_ip:", rate_key(address), config_.ws_connect_ip) : std::nullopt;
}

std::optional<core::Error> RateLimits::take(std::string_view kind, std::string_view key,
                                            const config::Config::Bucket& bucket) const {
  const auto wait = limiter_.take(std::string(kind).append(key), {bucket.burst, bucket.per_second});
  if (!wait) return std::nullopt;
  return core::Error(errors::request_rate_limited, *wait);
}

}  // namespace netherlink::gateway
