#include "netherlink/e2e/types.hpp"

namespace netherlink::e2e {

namespace {

std::string key_text(std::string_view purpose, UserId user, const SignedKey& key) {
  std::string text(purpose);
  text.append("\n").append(std::to_string(user)).append("\n");
  return text.append(key.id).append("\n").append(key.key);
}

}  // namespace

std::string device_text(UserId user, const DeviceKeys& keys) {
  std::string text("netherlink-device-v1\n");
  text.append(std::to_string(user)).append("\n");
  return text.append(keys.identity_key).append("\n").append(keys.signing_key);
}

std::string pre_key_text(UserId user, const SignedKey& key) {
  return key_text("netherlink-pre-key-v1", user, key);
}

std::string one_time_key_text(UserId user, const SignedKey& key) {
  return key_text("netherlink-one-time-key-v1", user, key);
}

}  // namespace netherlink::e2e
