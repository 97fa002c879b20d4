#pragma once

#include <atomic>
#include <mutex>
#include <unordered_set>

#include "netherlink/user/service.hpp"

namespace netherlink::user {

/// The life of sessions: opened, refreshed, seen, revoked, purged. Thread-safe; calls block on the store.
class SessionKeeper {
 public:
  SessionKeeper(const AccountOptions& options, SessionRepository& sessions, SessionEvents& events,
                const crypto::TokenSigner& signer, id::Generator& ids);

  core::result<Tokens> open(UserId user, const Device& device);
  core::result<Tokens> refresh(std::string_view refresh_token);

  core::result<std::vector<Session>> live(UserId user);
  core::result<std::optional<Session>> find(SessionId id) { return sessions_.find(id); }
  /// True when any of them was live.
  core::result<bool> revoke(UserId user, std::span<const SessionId> ids);
  core::result<void> revoke_others(UserId user, SessionId kept);
  /// The store revoked these already.
  void told_revoked(std::span<const SessionId> ids) {
    if (!ids.empty()) events_.sessions_revoked(ids);
  }

  void seen(SessionId id);
  void housekeeping();
  core::result<std::vector<Session>> recently_revoked();

 private:
  Tokens tokens_for(const Session& session, Timestamp now) const;
  /// Those used longest ago go, but never `newest`.
  core::result<void> trim(UserId user, SessionId newest);
  core::result<void> write_seen(Timestamp now);
  core::result<void> purge(Timestamp now);
  Timestamp access_ttl_ms() const { return options_.access_ttl.count() * 1000; }
  Timestamp refresh_ttl_ms() const { return options_.refresh_ttl.count() * 1000; }

  AccountOptions options_;
  SessionRepository& sessions_;
  SessionEvents& events_;
  const crypto::TokenSigner& signer_;
  id::Generator& ids_;

  std::mutex seen_mutex_;
  std::unordered_set<SessionId> seen_;
  std::atomic<Timestamp> purged_at_{0};
};

}  // namespace netherlink::user
