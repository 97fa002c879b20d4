#pragma once

#include "netherlink/config/config.hpp"
#include "netherlink/e2e/service.hpp"
#include "netherlink/im/ports.hpp"

namespace netherlink::app {

inline e2e::Options e2e_options(const config::Config& config) {
  const auto& from = config.e2e;
  const auto &claims = config.rate_limits.e2e_claim, &of_device = config.rate_limits.e2e_claim_device;
  e2e::Options options;
  options.max_devices = from.max_devices;
  options.one_time_keys = from.one_time_keys;
  options.low_keys = from.low_keys;
  options.claim_devices = from.claim_devices;
  options.told_people = from.told_people;
  options.limited = config.rate_limits.enabled;
  options.claims = {claims.burst, claims.per_second};
  options.claims_of_device = {of_device.burst, of_device.per_second};
  return options;
}

/// Messages are signed by the devices that have published keys.
class SignersOfMessages final : public im::DeviceSigners {
 public:
  explicit SignersOfMessages(e2e::KeyService& keys) : keys_(keys) {}

  core::result<std::optional<Signer>> find(core::UserId user, core::SessionId session) override {
    const auto device = keys_.of_session(session);
    if (!device) return device.error();
    if (!*device || (*device)->user_id != user) return std::optional<Signer>();
    return std::optional<Signer>({(*device)->id, (*device)->keys.signing_key});
  }

 private:
  e2e::KeyService& keys_;
};

}  // namespace netherlink::app
