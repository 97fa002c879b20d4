#include <array>
#include <charconv>

#include "gateway/api/attachment_calls.hpp"
#include "gateway/http/authenticate.hpp"

namespace netherlink::gateway::attachments {
namespace {

/// What is signed: nothing of one link fits another.
std::string signed_text(attachment::AttachmentId id, std::string_view claims) {
  std::string text("attachment ");
  text.append(std::to_string(id)).append(" ").append(claims);
  return text;
}

/// expires.user.session
std::optional<std::array<std::int64_t, 3>> parse_claims(std::string_view claims) {
  std::array<std::int64_t, 3> values{};
  for (auto& value : values) {
    const auto end = std::min(claims.find('.'), claims.size());
    const auto [stopped, error] = std::from_chars(claims.data(), claims.data() + end, value);
    if (error != std::errc() || stopped != claims.data() + end) return std::nullopt;
    claims.remove_prefix(std::min(end + 1, claims.size()));
  }
  return claims.empty() ? std::optional(values) : std::nullopt;
}

}  // namespace

Link make_link(const AttachmentApi& api, attachment::AttachmentId id, const user::Principal& principal) {
  const auto half = std::chrono::milliseconds(api.config.attachments.link_ttl).count() / 2;
  Link link;
  link.expires_at = (core::now_ms() / half + 2) * half;
  std::string claims = std::to_string(link.expires_at);
  claims.append(".").append(std::to_string(principal.user_id)).append(".");
  claims.append(std::to_string(principal.session_id));
  link.token = claims;
  link.token.append(".").append(api.signer.sign_link(signed_text(id, claims)));
  return link;
}

core::result<user::Principal> reader_of(const AttachmentApi& api, const Request& request, attachment::AttachmentId id) {
  const auto now = core::now_ms();
  const auto token = request.query_value("token");
  if (!token) {
    return authenticate(bearer_token(request.header("authorization")), api.signer, api.cache.revoked_sessions(), now);
  }
  const auto dot = token->rfind('.');
  if (dot == std::string_view::npos) return errors::auth_invalid_token;
  const auto claims = token->substr(0, dot);
  const auto values = parse_claims(claims);
  if (!values || !api.signer.verify_link(signed_text(id, claims), token->substr(dot + 1))) {
    return errors::auth_invalid_token;
  }
  const auto [expires_at, user, session] = *values;
  if (expires_at <= now) return errors::auth_token_expired;
  if (api.cache.revoked_sessions().contains(session)) return errors::auth_session_revoked;
  return user::Principal{user, session, expires_at};
}

}  // namespace netherlink::gateway::attachments
