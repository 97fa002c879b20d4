#include "netherlink/crypto/password.hpp"

#include <sodium.h>

#include <array>
#include <new>
#include <stdexcept>

#include "crypto/sodium.hpp"

namespace netherlink::crypto {
namespace {

struct Parameters {
  unsigned long long passes;
  std::size_t memory;  // bytes
};

Parameters parameters_of(PasswordCost cost) {
  switch (cost) {
    case PasswordCost::interactive:
      return {2, std::size_t{19} << 20};
    case PasswordCost::moderate:
      return {3, std::size_t{64} << 20};
    case PasswordCost::test:
      return {1, std::size_t{8} << 10};
  }
  throw std::invalid_argument("unknown password cost");
}

/// Well-formed, of the wanted cost, and (but for a preimage of zeros) nobody's: made without hashing, so that the start
/// of the server does not wait for it.
std::string decoy(const Parameters& parameters) {
  return "$argon2id$v=19$m=" + std::to_string(parameters.memory >> 10) + ",t=" + std::to_string(parameters.passes) +
         ",p=1$" + std::string(22, 'A') + "$" + std::string(43, 'A');
}

}  // namespace

PasswordHasher::PasswordHasher(PasswordCost cost)
    : passes_(parameters_of(cost).passes), memory_(parameters_of(cost).memory), decoy_(decoy(parameters_of(cost))) {
  ensure_sodium();
}

std::string PasswordHasher::hash(std::string_view password) const {
  std::array<char, crypto_pwhash_STRBYTES> encoded{};
  if (crypto_pwhash_str_alg(encoded.data(), password.data(), password.size(), passes_, memory_,
                            crypto_pwhash_ALG_ARGON2ID13) != 0) {
    throw std::bad_alloc();  // the one way it fails
  }
  return encoded.data();
}

bool PasswordHasher::verify(std::string_view encoded, std::string_view password) const {
  const std::string terminated(encoded);
  return crypto_pwhash_str_verify(terminated.c_str(), password.data(), password.size()) == 0;
}

bool PasswordHasher::needs_rehash(std::string_view encoded) const {
  const std::string terminated(encoded);
  return crypto_pwhash_str_needs_rehash(terminated.c_str(), passes_, memory_) != 0;
}

void PasswordHasher::waste(std::string_view password) const {
  static_cast<void>(verify(decoy_, password));
}

}  // namespace netherlink::crypto
