#pragma once

#include <string>
#include <string_view>

namespace netherlink::crypto {

/// Cost of Argon2id (RFC 9106) through libsodium. `interactive`: 19 MiB, 2 passes, about 16 ms. `moderate`: 64 MiB, 3.
/// `test`: 8 KiB, 1 pass, for load tests only.
enum class PasswordCost { interactive, moderate, test };

/// Blocks for the time of the hash: call it on the password pool only. Thread-safe.
class PasswordHasher {
 public:
  explicit PasswordHasher(PasswordCost cost);
  /// The encoded form with its own salt and parameters ($argon2id$…).
  std::string hash(std::string_view password) const;
  bool verify(std::string_view encoded, std::string_view password) const;
  /// True when `encoded` was made with other parameters: hash again after a successful login.
  bool needs_rehash(std::string_view encoded) const;
  /// Spends the time of a verification, so that an unknown name answers as slowly as a wrong password.
  void waste(std::string_view password) const;

 private:
  unsigned long long passes_;
  std::size_t memory_;
  std::string decoy_;
};

}  // namespace netherlink::crypto
