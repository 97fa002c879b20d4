#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "netherlink/core/result.hpp"
#include "netherlink/crypto/jwt.hpp"
#include "netherlink/crypto/password.hpp"
#include "netherlink/id/snowflake.hpp"
#include "netherlink/user/ports.hpp"
#include "netherlink/user/types.hpp"

namespace netherlink::user {

struct AccountOptions {
  std::chrono::seconds access_ttl{}, refresh_ttl{};
  std::size_t password_min_length = 8, max_sessions = 100;
  std::chrono::seconds guest_idle{};  // then a guest is forgotten
  // Mail is sent: an address belongs to whoever confirms it, and only then opens the account. Otherwise to whoever says
  // it first.
  bool confirm_email = false;
};

struct Registration {
  std::string username, password;
  std::optional<std::string> nickname, email;
  Device device;
};

/// U1-U7: accounts and their sessions. Thread-safe. Calls that hash passwords (register_user, login, change_password)
/// belong on the password pool, all others that may touch the store on the store pool. Every call may answer
/// server.unavailable when the store does. The referenced objects must outlive the service.
class AccountService {
 public:
  AccountService(AccountOptions options, UserRepository& users, SessionRepository& sessions, SessionEvents& events,
                 Departures& departures, const crypto::PasswordHasher& hasher, const crypto::TokenSigner& signer,
                 id::Generator& ids);
  ~AccountService();

  /// user.name_taken; auth.weak_password when that is all that is wrong, else request.invalid with every problem.
  core::result<Login> register_user(const Registration& registration);
  /// What register_user() would find wrong without asking the store. Never blocks.
  std::vector<core::FieldError> problems(const Registration& registration) const;
  /// auth.invalid_credentials, as slowly for an unknown name as for a wrong password. Above max_sessions, the sessions
  /// used longest ago are revoked.
  core::result<Login> login(std::string_view name_or_email, std::string_view password, const Device& device);
  /// U10: somebody with a nickname and no password, signed in for as long as the session lives. request.invalid.
  core::result<Login> register_guest(const std::string& nickname, const Device& device);
  /// The guest becomes an account and keeps everything. As register_user(); auth.not_guest. Password pool. Whoever
  /// caches users forgets this one afterwards.
  core::result<User> upgrade(UserId guest, const Registration& registration);
  /// A guest who could not get where they wanted leaves nothing behind.
  void forget_guest(UserId id);

  /// Each refresh token works once: the answer's replaces it. One that was used before, also at the same moment by
  /// another thread or replica, revokes its session. auth.refresh_invalid for that and for everything else.
  core::result<Tokens> refresh(std::string_view refresh_token);
  /// auth_wrong_password (403), auth.weak_password. Revokes all other sessions of the caller.
  core::result<void> change_password(const Principal& who, std::string_view old_password,
                                     std::string_view new_password);

  /// Password pool. The account, if it is theirs; auth_wrong_password (403), also for a guest, who has none.
  core::result<User> confirm_password(UserId who, std::string_view password);
  /// Password pool. The hash of a new password for the account; auth.weak_password (field `password`),
  /// user.not_found.
  core::result<std::string> hash_new_password(UserId who, std::string_view password);

  /// The account is gone at once and for good: all sessions end, the name is free, what others see of it is a "deleted
  /// user". Whatever else belonged to it follows, here or, should that fail, with a later housekeeping(). Password
  /// pool. auth_wrong_password (403). Deleted before, by whomever: fine.
  core::result<void> delete_account(const Principal& who, std::string_view password);

  /// People whose user name begins with `prefix`, by name. `cursor`: of the page before.
  struct NamePage {
    std::vector<User> items;
    std::optional<std::string> next;
  };
  core::result<NamePage> search(std::string_view prefix, std::string_view cursor, std::size_t limit);

  /// Also of a deleted account. user.not_found.
  core::result<User> profile(UserId id);
  /// request.invalid with every problem, user.not_found. Whoever caches users forgets this one afterwards.
  core::result<User> update_profile(UserId id, const ProfileChange& change);

  /// Live ones, newest first.
  core::result<std::vector<Session>> sessions(const Principal& who);
  /// resource.not_found if it is not one of the caller's live sessions.
  core::result<void> revoke_session(const Principal& who, SessionId id);
  /// Of a session that is over already: nothing happens.
  core::result<void> logout(const Principal& who);

  /// Notes that a session is in use, for its last_seen_at: written by the next housekeeping(). Never blocks on the
  /// store.
  void seen(SessionId id);
  /// Writes last_seen_at of the sessions seen, and, at most once an hour, removes sessions that expired long ago. To be
  /// called about once a minute, on the store pool. Goes on with deletions that were cut short. What fails is logged
  /// and tried again the next time.
  void housekeeping();
  /// Sessions revoked while access tokens of theirs may still be valid: to fill cache::RevokedSessions at the start.
  core::result<std::vector<Session>> recently_revoked();

 private:
  void collect_guests();

  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// U8. Thread-safe; calls block: store pool.
class PreferenceService {
 public:
  PreferenceService(PreferenceRepository& preferences, PreferenceEvents& events)
      : preferences_(preferences), events_(events) {}

  core::result<Preferences> get(UserId id) { return preferences_.find(id); }
  /// request.invalid with every problem; user.not_found.
  core::result<Preferences> change(UserId id, const PreferenceChange& change);

 private:
  PreferenceRepository& preferences_;
  PreferenceEvents& events_;
};

/// Does a user exist, and what is their name: a small cache before UserRepository, for the message path. Thread-safe.
/// Keeps the `capacity` users used last, each for a minute (so that what another replica changed is seen), and never
/// that somebody does not exist.
class UserDirectory {
 public:
  UserDirectory(UserRepository& users, std::size_t capacity);
  ~UserDirectory();
  /// Blocks on a miss.
  core::result<std::optional<User>> find(UserId id);
  /// Those that exist, in the order of `ids`. Blocks on a miss.
  core::result<std::vector<User>> find(std::span<const UserId> ids);
  /// After this returns, no find() that begins answers what was stored before.
  void forget(UserId id);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace netherlink::user
