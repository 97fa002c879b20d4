#include "netherlink/crypto/digest.hpp"

#include <sodium.h>

#include <cstring>
#include <type_traits>

#include "netherlink/crypto/encoding.hpp"

namespace netherlink::crypto {
namespace {

using State = crypto_hash_sha256_state;
static_assert(sizeof(State) == 104 && std::is_trivially_copyable_v<State>);

/// libsodium's state is plain data: numbers in the order of this machine, the same on every machine Debian calls amd64
/// or arm64.
template <class Use>
void with_state(std::array<unsigned char, sizeof(State)>& bytes, const Use& use) {
  State state;
  std::memcpy(&state, bytes.data(), sizeof state);
  use(state);
  std::memcpy(bytes.data(), &state, sizeof state);
}

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

}  // namespace

Sha256::Sha256() {
  with_state(state_, [](State& state) { crypto_hash_sha256_init(&state); });
}

std::optional<Sha256> Sha256::restore(std::string_view saved) {
  Sha256 digest;
  if (saved.empty()) return digest;
  if (saved.size() != digest.state_.size() * 2) return std::nullopt;
  for (std::size_t i = 0; i < digest.state_.size(); ++i) {
    const int high = digit(saved[2 * i]), low = digit(saved[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    digest.state_[i] = static_cast<unsigned char>(high << 4 | low);
  }
  return digest;
}

void Sha256::update(std::string_view bytes) {
  with_state(state_, [&](State& state) {
    crypto_hash_sha256_update(&state, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  });
}

std::string Sha256::save() const {
  return to_hex({reinterpret_cast<const char*>(state_.data()), state_.size()});
}

std::string Sha256::finish() {
  std::string hash(crypto_hash_sha256_BYTES, '\0');
  with_state(state_,
             [&](State& state) { crypto_hash_sha256_final(&state, reinterpret_cast<unsigned char*>(hash.data())); });
  return to_hex(hash);
}

}  // namespace netherlink::crypto
