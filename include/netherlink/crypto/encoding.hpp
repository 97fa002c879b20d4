#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace netherlink::crypto {

/// base64url without padding (RFC 4648 section 5). Decoding is strict: padding, foreign characters and non-zero
/// trailing bits are refused.
std::string base64url_encode(std::string_view bytes);
std::optional<std::string> base64url_decode(std::string_view text);

std::string sha256(std::string_view bytes);
std::string hmac_sha256(std::string_view key, std::string_view bytes);
std::string to_hex(std::string_view bytes);

/// Takes as long for any content of the same length.
bool equal_constant_time(std::string_view a, std::string_view b);

}  // namespace netherlink::crypto
