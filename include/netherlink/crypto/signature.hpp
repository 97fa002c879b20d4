#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace netherlink::crypto {

constexpr std::size_t public_key_bytes = 32, signature_bytes = 64;

/// Standard base64 without padding (RFC 4648 section 4), as libraries for end-to-end encryption write keys. Strict:
/// padding, foreign characters and non-zero trailing bits are refused.
std::optional<std::string> base64_decode(std::string_view text);

/// Ed25519 (RFC 8032): `key` is 32 bytes, `signature` 64. False also for keys of small order and for signatures that
/// are not the one canonical spelling.
bool verify_ed25519(std::string_view key, std::string_view text, std::string_view signature);

/// Whether 32 bytes are a public key of X25519 with which two people agree on a secret that is one: no point of small
/// order.
bool is_x25519_key(std::string_view key);

}  // namespace netherlink::crypto
