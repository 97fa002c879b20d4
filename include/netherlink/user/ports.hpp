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

  /// A page of those whose name_key begins with `prefix`, by name_key, behind `after`; deleted accounts are none.
  struct Named {
    User user;
    std::string name_key;
  };
  virtual core::result<std::vector<Named>> search(std::string_view prefix, std::string_view after,
                                                  std::size_t limit) = 0;

  /// ONE transaction: the account loses everything personal, its name and address are free, its preferences go, its
  /// live sessions are revoked (answered), and it stands among the departures. nullopt: the password hash is not
  /// `expected` any more, or it was deleted before.
  virtual core::result<std::optional<std::vector<SessionId>>> erase(UserId id, std::string_view expected,
                                                                    Timestamp now) = 0;
  /// Deleted accounts that departed() was not called for.
  virtual core::result<std::vector<UserId>> departures() = 0;
  virtual core::result<void> departed(UserId id) = 0;

  /// A guest becomes an account. False: is none (any more). user.name_taken as for insert().
  virtual core::result<bool> upgrade(UserId id, const User& names, std::string_view name_key,
                                     std::string_view email_key, std::string_view password_hash) = 0;
  /// Guests older than `before` whom no live session has seen since.
  virtual core::result<std::vector<UserId>> idle_guests(Timestamp before, std::size_t limit) = 0;
};

/// Calls block.
class PreferenceRepository {
 public:
  virtual ~PreferenceRepository() = default;
  /// The defaults for whoever never changed anything.
  virtual core::result<Preferences> find(UserId id) = 0;
  /// What was stored, and what is now; two changes at once do not lose each other's fields. user.not_found.
  struct Changed {
    Preferences before, after;
  };
  virtual core::result<Changed> change(UserId id, const PreferenceChange& change) = 0;
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

/// Told, after the database knows, that an account is gone: everything else that holds something of it lets go. May be
/// told again, by several replicas at once, until it answers no error. Calls block.
class Departures {
 public:
  virtual ~Departures() = default;
  virtual core::result<void> forget(UserId id) = 0;
};

/// Told after the database knows.
class PreferenceEvents {
 public:
  virtual ~PreferenceEvents() = default;
  virtual void preferences_changed(UserId id, const Preferences& before, const Preferences& after) = 0;
};

}  // namespace netherlink::user
