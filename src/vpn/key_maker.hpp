#pragma once

#include <list>
#include <mutex>
#include <unordered_map>

#include "netherlink/vpn/service.hpp"

namespace netherlink::vpn {

/// Makes keys at one control server. Any replica does: what a key opens is said by the policy, which the writer of the
/// cell keeps, and no key is given away that does not stand under a closed one. Thread-safe; calls block.
class KeyMaker {
 public:
  KeyMaker(const Options& options, const Cell& cell, Control& control, VpnRepository& repository)
      : options_(options), cell_(cell), control_(control), repository_(repository) {}

  struct Made {
    Access access;
    std::int64_t key_id = 0;
  };
  /// `handed`: somebody waits for it. vpn.unavailable, auth.session_revoked.
  core::result<Made> make(UserId user, SessionId session, const std::string& device, bool handed);
  /// The control server has a new database.
  void forget_people();

 private:
  core::result<std::int64_t> control_user(UserId user);
  core::result<Control::Key> make_key(UserId user, std::int64_t& control_user);
  /// The key that was made before this is worth something: there is a policy, and it lets nobody in but whom it names.
  core::result<void> expect_closed_policy();
  void remember(UserId user, std::int64_t id);
  void forget(UserId user);

  const Options& options_;
  const Cell& cell_;
  Control& control_;
  VpnRepository& repository_;
  std::mutex mutex_;
  std::unordered_map<UserId, std::int64_t> people_;  // their ids at the control server
};

}  // namespace netherlink::vpn
