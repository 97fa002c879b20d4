#include "netherlink/crypto/signature.hpp"

#include <sodium.h>

#include <array>

#include "crypto/bytes.hpp"

namespace netherlink::crypto {

static_assert(public_key_bytes == crypto_sign_PUBLICKEYBYTES && public_key_bytes == crypto_scalarmult_BYTES &&
              signature_bytes == crypto_sign_BYTES);

std::optional<std::string> base64_decode(std::string_view text) {
  std::string bytes(text.size() * 3 / 4 + 1, '\0');
  std::size_t size = 0;
  const char* end = nullptr;
  const int refused = sodium_base642bin(data(bytes), bytes.size(), text.data(), text.size(), nullptr, &size, &end,
                                        sodium_base64_VARIANT_ORIGINAL_NO_PADDING);
  if (refused != 0 || end != text.data() + text.size()) return std::nullopt;
  bytes.resize(size);
  return bytes;
}

bool verify_ed25519(std::string_view key, std::string_view text, std::string_view signature) {
  return key.size() == public_key_bytes && signature.size() == signature_bytes &&
         crypto_sign_verify_detached(data(signature), data(text), text.size(), data(key)) == 0;
}

bool is_x25519_key(std::string_view key) {
  if (key.size() != public_key_bytes) return false;
  // Any scalar does: with a point of small order the outcome is nothing but zeros, which libsodium refuses.
  constexpr std::array<unsigned char, crypto_scalarmult_SCALARBYTES> scalar{1};
  std::array<unsigned char, crypto_scalarmult_BYTES> shared{};
  return crypto_scalarmult(shared.data(), scalar.data(), data(key)) == 0;
}

}  // namespace netherlink::crypto
