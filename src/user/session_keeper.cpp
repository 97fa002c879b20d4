#include "user/session_keeper.hpp"

#include <algorithm>

#include "netherlink/log/log.hpp"
#include "netherlink/metrics/metrics.hpp"

namespace netherlink::user {
namespace {

constexpr std::size_t max_seen = 200'000;  // sessions between two calls of housekeeping()
constexpr Timestamp purge_interval_ms = 3'600'000;
constexpr Timestamp keep_expired_ms = 24 * 3'600'000;
constexpr Timestamp clock_difference_ms = 60'000;  // between replicas

metrics::Counter& reuses() {
  static metrics::Counter& counter =
      metrics::counter("netherlink_refresh_reuse_total", "Refresh tokens that were used a second time");
  return counter;
}

}  // namespace

SessionKeeper::SessionKeeper(const AccountOptions& options, SessionRepository& sessions, SessionEvents& events,
                             const crypto::TokenSigner& signer, id::Generator& ids)
    : options_(options), sessions_(sessions), events_(events), signer_(signer), ids_(ids) {}

Tokens SessionKeeper::tokens_for(const Session& session, Timestamp now) const {
  const Timestamp issued_at = now - now % 1000;  // tokens count in seconds
  const Timestamp expires_at = std::min(issued_at + access_ttl_ms(), session.expires_at);
  Tokens tokens;
  tokens.access_token = signer_.sign({session.user_id, session.id, issued_at, expires_at});
  tokens.refresh_token = signer_.sign_refresh({session.id, session.refresh_generation});
  tokens.session_id = session.id;
  tokens.access_expires_at = expires_at - expires_at % 1000;
  tokens.expires_in = (tokens.access_expires_at - issued_at) / 1000;
  return tokens;
}

core::result<Tokens> SessionKeeper::open(UserId user, const Device& device) {
  const Timestamp now = core::now_ms();
  const auto id = ids_.next();
  if (!id) return id.error();
  Session session{.id = *id, .user_id = user, .device = device, .created_at = now, .last_seen_at = now};
  session.expires_at = now + refresh_ttl_ms();
  if (auto stored = sessions_.insert(session); !stored) return stored.error();
  // After the insert: of two logins at once, each sees at least its own, and the bound holds whoever is last.
  if (auto trimmed = trim(user, session.id); !trimmed) return trimmed.error();
  return tokens_for(session, now);
}

core::result<void> SessionKeeper::trim(UserId user, SessionId newest) {
  auto sessions = live(user);
  if (!sessions) return sessions.error();
  if (sessions->size() <= options_.max_sessions) return {};
  std::ranges::sort(*sessions, [newest](const Session& a, const Session& b) {
    if ((a.id == newest) != (b.id == newest)) return a.id == newest;
    return std::pair(a.last_seen_at, a.id) > std::pair(b.last_seen_at, b.id);
  });
  std::vector<SessionId> surplus;
  for (std::size_t i = options_.max_sessions; i < sessions->size(); ++i) surplus.push_back((*sessions)[i].id);
  auto revoked = revoke(user, surplus);
  if (!revoked) return revoked.error();
  return {};
}

core::result<Tokens> SessionKeeper::refresh(std::string_view refresh_token) {
  const auto claims = signer_.verify_refresh(refresh_token);
  if (!claims) return claims.error();
  auto found = sessions_.find(claims->session_id);
  if (!found) return found.error();
  const Timestamp now = core::now_ms();
  if (!*found || (*found)->revoked_at != 0 || (*found)->expires_at <= now) return errors::auth_refresh_invalid;
  Session& session = **found;
  // A generation that was never handed out: of a database that was restored from a backup.
  if (claims->generation > session.refresh_generation) return errors::auth_refresh_invalid;

  bool rotated = false;
  if (claims->generation == session.refresh_generation) {
    session.expires_at = now + refresh_ttl_ms();
    auto moved = sessions_.rotate(session.id, session.refresh_generation, now, session.expires_at);
    if (!moved) return moved.error();
    rotated = *moved;
  }
  if (!rotated) {
    reuses().add();
    log::warn("a refresh token was used twice", {{"user_id", session.user_id}, {"session_id", session.id}});
    auto revoked = revoke(session.user_id, std::span(&session.id, 1));
    if (!revoked) return revoked.error();
    return errors::auth_refresh_invalid;
  }
  ++session.refresh_generation;
  return tokens_for(session, now);
}

core::result<std::vector<Session>> SessionKeeper::live(UserId user) {
  auto sessions = sessions_.of_user(user);
  if (!sessions) return sessions.error();
  std::erase_if(*sessions,
                [now = core::now_ms()](const Session& s) { return s.revoked_at != 0 || s.expires_at <= now; });
  return sessions;
}

core::result<bool> SessionKeeper::revoke(UserId user, std::span<const SessionId> ids) {
  if (ids.empty()) return false;
  auto revoked = sessions_.revoke(user, ids, core::now_ms());
  if (!revoked) return revoked.error();
  if (revoked->empty()) return false;
  events_.sessions_revoked(*revoked);
  return true;
}

core::result<void> SessionKeeper::revoke_others(UserId user, SessionId kept) {
  auto sessions = live(user);
  if (!sessions) return sessions.error();
  std::vector<SessionId> others;
  for (const Session& session : *sessions) {
    if (session.id != kept) others.push_back(session.id);
  }
  auto revoked = revoke(user, others);
  if (!revoked) return revoked.error();
  return {};
}

void SessionKeeper::seen(SessionId id) {
  const std::lock_guard lock(seen_mutex_);
  if (seen_.size() < max_seen) seen_.insert(id);
}

void SessionKeeper::housekeeping() {
  const Timestamp now = core::now_ms();
  for (const auto& done : {write_seen(now), purge(now)}) {
    if (!done) log::warn("sessions not tidied", {{"reason", done.error().code().name}});
  }
}

core::result<void> SessionKeeper::write_seen(Timestamp now) {
  std::unordered_set<SessionId> seen;
  {
    const std::lock_guard lock(seen_mutex_);
    seen.swap(seen_);
  }
  const std::vector<SessionId> ids(seen.begin(), seen.end());
  auto written = ids.empty() ? core::result<void>() : sessions_.touch(ids, now);
  if (written) return {};
  for (const SessionId id : ids) this->seen(id);
  return written.error();
}

core::result<void> SessionKeeper::purge(Timestamp now) {
  Timestamp last = purged_at_.load();
  if (now - last < purge_interval_ms || !purged_at_.compare_exchange_strong(last, now)) return {};
  auto purged = sessions_.purge(now - keep_expired_ms);
  if (!purged) purged_at_ = last;
  return purged;
}

core::result<std::vector<Session>> SessionKeeper::recently_revoked() {
  return sessions_.revoked_since(core::now_ms() - access_ttl_ms() - clock_difference_ms);
}

}  // namespace netherlink::user
