#pragma once

#include <chrono>
#include <memory>
#include <optional>
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
};

struct Registration {
  std::string username, password;
  std::optional<std::string> nickname, email;
  Device device;
};

/// U1-U5: accounts and their sessions. Thread-safe. Calls that hash passwords (register_user, login, change_password)
/// belong on the password pool, all others that may touch the store on the store pool.
class AccountService {
 public:
  AccountService(AccountOptions options, UserRepository& users, SessionRepository& sessions, SessionEvents& events,
                 const crypto::PasswordHasher& hasher, const crypto::TokenSigner& signer, id::Generator& ids);
  ~AccountService();

  core::result<Login> register_user(const Registration& registration);
  core::result<Login> login(std::string_view name_or_email, std::string_view password, const Device& device);
  core::result<Login> refresh(std::string_view refresh_token);
  core::result<void> change_password(const Principal& who, std::string_view old_password, std::string_view new_password);

  core::result<User> profile(UserId id);
  core::result<User> update_profile(UserId id, const ProfileChange& change);

  core::result<std::vector<Session>> sessions(const Principal& who);
  /// resource.not_found if it is not one of the caller's live sessions.
  core::result<void> revoke_session(const Principal& who, SessionId id);
  core::result<void> logout(const Principal& who);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Does a user exist, and what is their name: a small cache before UserRepository, for the message path. Thread-safe.
class UserDirectory {
 public:
  UserDirectory(UserRepository& users, std::size_t capacity);
  ~UserDirectory();
  /// Blocks on a miss.
  core::result<std::optional<User>> find(UserId id);
  core::result<std::vector<User>> find(std::span<const UserId> ids);
  void forget(UserId id);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace netherlink::user
