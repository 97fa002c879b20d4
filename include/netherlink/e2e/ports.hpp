#pragma once

#include <optional>
#include <span>
#include <vector>

#include "netherlink/core/result.hpp"
#include "netherlink/e2e/types.hpp"

namespace netherlink::e2e {

/// Published keys: the main database. A device whose session is over is none, whoever asks. Calls block. Thread-safe. A
/// failing store is server.unavailable.
class KeyRepository {
 public:
  virtual ~KeyRepository() = default;

  struct Limits {
    std::size_t devices = 0, one_time_keys = 0;
  };
  struct Published {
    OwnDevice own;
    bool list_changed = false;
  };
  /// ONE transaction. A session whose identity or signing key is another gets a new device (`device.id`, unless it has
  /// one with these keys) in the place of the old one. One-time keys that were published before stay as they are, also
  /// those handed out since. auth.session_revoked: the session is over; e2e.too_many_devices, e2e.too_many_keys;
  /// e2e.key_id_taken: another key has that id.
  virtual core::result<Published> publish(const Device& device, std::span<const SignedKey> one_time_keys,
                                          const Limits& limits) = 0;
  virtual core::result<std::optional<OwnDevice>> own(SessionId session) = 0;
  /// Without counting anything: for every message that is signed.
  virtual core::result<std::optional<Device>> of_session(SessionId session) = 0;
  virtual core::result<DeviceList> devices(UserId user) = 0;

  struct Wanted {
    UserId user_id = 0;
    DeviceId device_id = 0;
    bool one_time = true;  // else the signed pre-key has to do
  };
  struct Claimed {
    std::optional<Bundle> bundle;     // none: there is no such device
    std::size_t left = 0;             // one-time keys, afterwards
    bool pre_key_first_used = false;  // since it was published
  };
  /// ONE transaction: each one-time key goes to one caller, whoever races. In the order of `wanted`, which names no
  /// device twice.
  virtual core::result<std::vector<Claimed>> claim(std::span<const Wanted> wanted) = 0;

  /// Whose list of devices is another now.
  struct Removal {
    UserId user_id = 0;
    std::int64_t version = 0;
  };
  /// Idempotent; the same device is told once.
  virtual core::result<std::vector<Removal>> remove_sessions(std::span<const SessionId> sessions) = 0;
  virtual core::result<void> remove_user(UserId user) = 0;
  /// Looks at the next `limit` devices behind `after` for those whose session is over.
  struct Sweep {
    std::vector<Removal> removed;
    DeviceId last = 0;  // where to go on; 0: all were looked at
  };
  virtual core::result<Sweep> remove_ended(DeviceId after, std::size_t limit) = 0;

  /// Those of `others` with whom the user is in a group or a room.
  virtual core::result<std::vector<UserId>> companions(UserId user, std::span<const UserId> others) = 0;
  /// Whom the devices of the user concern: friends, then those of single conversations, then of groups and rooms; no
  /// two of whom one blocks the other; at most `most`.
  virtual core::result<std::vector<UserId>> circle(UserId user, std::size_t most) = 0;
};

/// Told after the database knows. Thread-safe; may block for a moment. What is lost here is found by whoever reads the
/// list.
class KeyEvents {
 public:
  virtual ~KeyEvents() = default;
  struct ListChange {
    UserId user_id = 0;
    std::int64_t version = 0;
    std::vector<UserId> told;  // the user among them
  };
  virtual void devices_changed(const ListChange& change) = 0;
  struct Shortage {
    UserId user_id = 0;
    DeviceId device_id = 0;
    std::size_t one_time_keys = 0;
    bool pre_key_used = false;
  };
  virtual void keys_low(std::span<const Shortage> shortages) = 0;
};

}  // namespace netherlink::e2e
