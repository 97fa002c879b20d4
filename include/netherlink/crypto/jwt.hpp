#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "netherlink/core/ids.hpp"
#include "netherlink/core/result.hpp"

namespace netherlink::crypto {

/// What an access token says (RFC 7519): sub, sid, iat, exp.
struct AccessClaims {
  core::UserId user_id = 0;
  core::SessionId session_id = 0;
  core::Timestamp issued_at = 0, expires_at = 0;
};

/// Signs and checks access tokens: HS256 alone (RFC 7515), key chosen by `kid` (a hash of the secret), so that secrets
/// rotate: the first signs, all verify. Immutable, thread-safe.
class TokenSigner {
 public:
  /// `secrets`: the current one first; each at least 32 bytes.
  explicit TokenSigner(std::vector<std::string> secrets);
  ~TokenSigner();
  TokenSigner(const TokenSigner&) = delete;
  TokenSigner& operator=(const TokenSigner&) = delete;

  std::string sign(const AccessClaims& claims) const;
  /// auth.invalid_token, or auth.token_expired for a genuine token whose time is over. `now`: epoch milliseconds.
  /// Tokens over 4 KiB and those issued more than 60 s in the future are refused.
  core::result<AccessClaims> verify(std::string_view token, core::Timestamp now) const;

  /// A refresh token: opaque to clients, names its session and generation, authenticated by the same secrets under
  /// another label. Nothing of it is stored.
  struct RefreshClaims {
    core::SessionId session_id = 0;
    std::int64_t generation = 0;
  };
  /// nlr_ base64url(session, generation) "." base64url(mac).
  std::string sign_refresh(const RefreshClaims& claims) const;
  /// auth.refresh_invalid.
  core::result<RefreshClaims> verify_refresh(std::string_view token) const;

  /// The signature of a link, by the same secrets under a third label: base64url.
  std::string sign_link(std::string_view link) const;
  bool verify_link(std::string_view link, std::string_view signature) const;

 private:
  struct Key;
  const Key* find_key(std::string_view header) const;

  std::vector<Key> keys_;
};

}  // namespace netherlink::crypto
