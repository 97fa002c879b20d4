#pragma once

#include <atomic>
#include <chrono>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "netherlink/cache/cache.hpp"
#include "netherlink/core/result.hpp"
#include "netherlink/e2e/ports.hpp"
#include "netherlink/friend/ports.hpp"
#include "netherlink/id/snowflake.hpp"

namespace netherlink::e2e {

struct Options {
  std::size_t max_devices = 20, one_time_keys = 100, low_keys = 10, claim_devices = 50, told_people = 1000;
  bool limited = true;
  cache::BucketSize claims{};            // keys that one person asks for; as many again that they publish
  cache::BucketSize claims_of_device{};  // of one device; then its one-time keys are spared
};

struct Publication {
  UserId user_id = 0;
  SessionId session_id = 0;
  DeviceKeys keys;
  std::vector<SignedKey> one_time_keys;
};

/// G9: stores and hands out the public keys with which clients encrypt for each other; what they say stays theirs.
/// Thread-safe; calls block: store pool. The referenced objects must outlive the service.
class KeyService {
 public:
  KeyService(const Options& options, KeyRepository& keys, KeyEvents& events, friends::ContactRepository& contacts,
             cache::RateLimiter& limiter, id::Generator& ids);

  /// request.invalid with every problem, wrong signatures among them; request.rate_limited; what
  /// KeyRepository::publish() refuses.
  core::result<OwnDevice> publish(const Publication& publication);
  /// resource.not_found: this session has published nothing.
  core::result<OwnDevice> own(SessionId session);
  /// This session is no device any more. Idempotent.
  core::result<void> withdraw(SessionId session);
  /// user.not_found, user.not_reachable.
  core::result<DeviceList> devices(UserId caller, UserId user);

  struct Target {
    UserId user_id = 0;
    DeviceId device_id = 0;
  };
  /// In the order of `targets`, each with an answer of its own: resource.not_found, user.not_found, user.not_reachable.
  /// request.invalid: too many, or one twice; request.rate_limited.
  core::result<std::vector<core::result<Bundle>>> claim(UserId caller, std::span<const Target> targets);

  /// The device of a session, or none.
  core::result<std::optional<Device>> of_session(SessionId session) { return keys_.of_session(session); }

  /// After the database knows. Never fails: what cannot be removed now is found by housekeeping().
  void sessions_ended(std::span<const SessionId> sessions);
  /// After an account was deleted. Idempotent.
  core::result<void> forget(UserId user);
  /// Removes devices whose session is over, some at a time. To be called about once a minute.
  void housekeeping();

  const Options& options() const { return options_; }

 private:
  /// Of each of `users`: nothing, or why the caller may not write to them.
  core::result<std::vector<std::optional<core::Error>>> refusals(UserId caller, std::span<const UserId> users);
  /// Off the budget of the user, or how long to wait.
  std::optional<std::chrono::milliseconds> take_keys(std::string_view what, UserId user, std::size_t count);
  void tell(std::span<const KeyRepository::Removal> changes);
  bool spare_keys_of(UserId caller, const Target& target);

  const Options options_;
  KeyRepository& keys_;
  KeyEvents& events_;
  friends::ContactRepository& contacts_;
  cache::RateLimiter& limiter_;
  id::Generator& ids_;
  std::atomic<DeviceId> swept_{0};
};

}  // namespace netherlink::e2e
