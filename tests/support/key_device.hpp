#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "support/person.hpp"

namespace netherlink::test {

/// A device with keys for end-to-end encryption, as docs/end-to-end.md describes it: what a client library does.
class KeyDevice {
 public:
  /// `user_id`: whose it is.
  explicit KeyDevice(std::string user_id);
  ~KeyDevice();
  KeyDevice(KeyDevice&&) noexcept;

  /// The body of PUT /e2e/keys with so many new one-time keys, and the same signed pre-key until renew().
  nlohmann::json publication(std::size_t one_time_keys = 0);
  void renew();
  /// A new key, signed as a `pre-key` or `one-time-key`.
  nlohmann::json make_key(const std::string& purpose);
  /// Base64 without padding.
  std::string sign(std::string_view text) const;

  /// Makes the session of that person this device; the answer.
  HttpAnswer publish(Person& person, std::size_t one_time_keys = 0);
  std::string id;  // as publish() was answered

  /// Adds client_time (milliseconds since 1970) and signature to a message of the `conversation_id` that it names.
  void sign_message(nlohmann::json& message, std::int64_t client_time) const;

 private:
  struct Keys;
  std::unique_ptr<Keys> keys_;
  std::string user_id_;
  nlohmann::json signed_pre_key_;
  int last_key_ = 0;
};

std::int64_t epoch_ms();
/// Base64 without padding.
std::string to_base64(std::string_view bytes);
/// RFC 3339 with milliseconds.
std::string to_rfc3339(std::int64_t epoch_ms);

HttpAnswer claim_keys(Person& person, const std::vector<std::pair<std::string, std::string>>& user_and_device);

}  // namespace netherlink::test
