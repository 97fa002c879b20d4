#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "netherlink/core/result.hpp"
#include "netherlink/user/types.hpp"

namespace netherlink::user {

/// Implemented in store. Calls block: store or password pool only. A failing store is server.unavailable.
class UserRepository {
 public:
  virtual ~UserRepository() = default;

  struct Credentials {
    User user;
    std::string password_hash;
  };

  /// user.name_taken when the normal form of the name (or of the e-mail address) is taken, whoever races.
  virtual core::result<void> insert(const User& user, std::string_view name_key, std::string_view email_key,
                                    std::string_view password_hash) = 0;
  /// nullopt inside: nobody has that name. `key`: the normal form of a user name or e-mail address.
  virtual core::result<std::optional<Credentials>> find_by_name_or_email(std::string_view key) = 0;
  virtual core::result<std::optional<Credentials>> find_credentials(UserId id) = 0;
  virtual core::result<std::vector<User>> find(std::span<const UserId> ids) = 0;  // those that exist
  /// The same for other people to look at: a profile may be a moment old.
  virtual core::result<std::vector<User>> find_recent(std::span<const UserId> ids) = 0;
  virtual core::result<std::optional<User>> update_profile(UserId id, const ProfileChange& change) = 0;
  /// Replaces the hash if it is still `expected` (two changes may race). False: it is not.
  virtual core::result<bool> update_password(UserId id, std::string_view expected, std::string_view password_hash) = 0;
};

class SessionRepository {
 public:
  virtual ~SessionRepository() = default;

  virtual core::result<void> insert(const Session& session) = 0;
  virtual core::result<std::optional<Session>> find(SessionId id) = 0;
  /// Live ones, newest first.
  virtual core::result<std::vector<Session>> of_user(UserId id) = 0;
  /// Moves the refresh generation from `expected` to expected + 1, unless revoked or already moved. False: it was not
  /// so.
  virtual core::result<bool> rotate(SessionId id, std::int64_t expected, Timestamp now, Timestamp expires_at) = 0;
  /// Marks the live ones of `ids` that belong to `user` as revoked; answers which they were.
  virtual core::result<std::vector<SessionId>> revoke(UserId user, std::span<const SessionId> ids, Timestamp now) = 0;
  virtual core::result<void> touch(std::span<const SessionId> ids, Timestamp now) = 0;
  /// Revoked since `since`: to fill cache::RevokedSessions at the start.
  virtual core::result<std::vector<Session>> revoked_since(Timestamp since) = 0;
  virtual core::result<void> purge(Timestamp expired_before) = 0;
};

/// Told when sessions end, after the database knows: closes their sockets and refuses their tokens, on every replica.
class SessionEvents {
 public:
  virtual ~SessionEvents() = default;
  virtual void sessions_revoked(std::span<const SessionId> ids) = 0;
};

}  // namespace netherlink::user
