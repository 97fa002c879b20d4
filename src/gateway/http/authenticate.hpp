#pragma once

#include <optional>
#include <string_view>

#include "netherlink/cache/cache.hpp"
#include "netherlink/core/result.hpp"
#include "netherlink/crypto/jwt.hpp"
#include "netherlink/user/types.hpp"

namespace netherlink::gateway {

/// The token of an `Authorization: Bearer …` (RFC 6750); nullopt for another scheme or none.
std::optional<std::string_view> bearer_token(std::string_view authorization);

/// Who an access token stands for, for REST and the WebSocket alike. `token`: nullopt or empty is auth.required; else
/// auth.invalid_token, auth.token_expired, auth.session_revoked. `now`: epoch milliseconds. Thread-safe, never blocks.
core::result<user::Principal> authenticate(std::optional<std::string_view> token, const crypto::TokenSigner& signer,
                                           const cache::RevokedSessions& revoked, core::Timestamp now);

}  // namespace netherlink::gateway
