#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "netherlink/core/ids.hpp"

/// End-to-end encryption: public keys of devices alone (docs/end-to-end.md). Keys and signatures are base64 without
/// padding throughout.
namespace netherlink::e2e {

using core::SessionId;
using core::Timestamp;
using core::UserId;
using DeviceId = std::int64_t;

/// A pre-key, signed by its device.
struct SignedKey {
  std::string id;  // the device's choice
  std::string key, signature;
  bool operator==(const SignedKey&) const = default;
};

/// What a device says of itself.
struct DeviceKeys {
  std::string identity_key;  // X25519
  std::string signing_key;   // Ed25519
  std::string signature;     // of the two, and of whose they are, by signing_key
  SignedKey signed_pre_key;  // may be handed out again and again
};

/// A session that has published keys. Other keys make another device, with another id.
struct Device {
  DeviceId id = 0;
  UserId user_id = 0;
  SessionId session_id = 0;
  DeviceKeys keys;
  Timestamp created_at = 0, updated_at = 0;
};

/// A device as its owner sees it.
struct OwnDevice {
  Device device;
  std::size_t one_time_keys = 0;  // not handed out yet
  bool pre_key_used = false;      // handed out without a one-time key since it was published
  std::int64_t version = 0;       // of the list of devices
};

struct DeviceList {
  std::int64_t version = 0;  // counts up whenever a device comes or goes; 0: there was never one
  std::vector<Device> devices;
};

/// What is needed to begin a conversation with a device.
struct Bundle {
  Device device;
  std::optional<SignedKey> one_time_key;  // nobody else gets it; none: the signed pre-key has to do
};

/// The text that `signing_key` signs in DeviceKeys::signature.
std::string device_text(UserId user, const DeviceKeys& keys);
/// The texts that it signs in SignedKey::signature: nobody can pass off the one as the other.
std::string pre_key_text(UserId user, const SignedKey& key);
std::string one_time_key_text(UserId user, const SignedKey& key);

}  // namespace netherlink::e2e
