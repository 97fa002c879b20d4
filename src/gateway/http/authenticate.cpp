#include "gateway/http/authenticate.hpp"

#include <boost/algorithm/string/predicate.hpp>

namespace netherlink::gateway {

std::optional<std::string_view> bearer_token(std::string_view authorization) {
  constexpr std::string_view scheme = "bearer ";
  if (!boost::algorithm::istarts_with(authorization, scheme)) return std::nullopt;
  authorization.remove_prefix(scheme.size());
  authorization.remove_prefix(std::min(authorization.find_first_not_of(' '), authorization.size()));
  return authorization;
}

core::result<user::Principal> authenticate(std::optional<std::string_view> token, const crypto::TokenSigner& signer,
                                           const cache::RevokedSessions& revoked, core::Timestamp now) {
  if (!token || token->empty()) return errors::auth_required;
  const auto claims = signer.verify(*token, now);
  if (!claims) return claims.error();
  if (revoked.contains(claims->session_id)) return errors::auth_session_revoked;
  return user::Principal{claims->user_id, claims->session_id, claims->expires_at};
}

}  // namespace netherlink::gateway
