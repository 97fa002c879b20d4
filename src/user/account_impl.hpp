#pragma once

#include <string>
#include <utility>
#include <vector>

#include "netherlink/log/log.hpp"
#include "netherlink/user/names.hpp"
#include "netherlink/user/service.hpp"
#include "user/password_policy.hpp"
#include "user/profile_rules.hpp"
#include "user/session_keeper.hpp"

namespace netherlink::user {

using Problems = std::vector<core::FieldError>;

/// The normal form, or its problems added to `problems`.
inline std::string key_or_problem(core::result<std::string> key, Problems& problems) {
  if (key) return std::move(*key);
  const auto error = key.error();
  problems.insert(problems.end(), error.fields().begin(), error.fields().end());
  return {};
}

struct AccountService::Impl {
  Impl(AccountOptions o, UserRepository& u, SessionRepository& s, SessionEvents& e, Departures& d,
       const crypto::PasswordHasher& h, const crypto::TokenSigner& t, id::Generator& i)
      : options(o), users(u), departures(d), hasher(h), ids(i), keeper(o, s, e, t, i) {}

  /// Everything about a registration at once, the password last. Its keys are filled in.
  Problems check(const Registration& registration, std::string& name_key, std::string& mail_key) const {
    Problems problems;
    name_key = key_or_problem(username_key(registration.username), problems);
    if (registration.email) mail_key = key_or_problem(email_key(*registration.email), problems);
    if (registration.nickname) check_nickname(*registration.nickname, problems);
    check_device(registration.device, problems);
    auto weakness = password_weakness(registration.password, options.password_min_length, name_key, mail_key);
    if (weakness) problems.push_back({"password", std::move(*weakness)});
    return problems;
  }

  /// user.name_taken before the cost of a hash. Whoever races is caught by the insert.
  core::result<void> check_free(const std::string& key) {
    if (key.empty()) return {};
    auto found = users.find_by_name_or_email(key);
    if (!found) return found.error();
    if (*found) return errors::user_name_taken;
    return {};
  }

  /// The account that the password opens; nullopt: none. Takes as long either way.
  core::result<std::optional<UserRepository::Credentials>> authenticate(std::string_view name_or_email,
                                                                        std::string_view password) {
    std::optional<UserRepository::Credentials> account;
    if (const auto key = login_key(name_or_email)) {
      auto found = users.find_by_name_or_email(*key);
      if (!found) return found.error();
      account = std::move(*found);
      const bool by_address = name_or_email.find('@') != name_or_email.npos;
      if (account && by_address && options.confirm_email && !account->user.email_verified) account.reset();
    }
    const auto prepared = prepare_password(password);
    if (!account || !prepared) {
      hasher.waste(prepared.value_or(""));
      account.reset();
    } else if (!hasher.verify(account->password_hash, *prepared)) {
      account.reset();
    } else {
      rehash(*account, *prepared);
    }
    return account;
  }

  /// Brings the stored hash to the configured cost. That it fails costs nothing but the next try.
  void rehash(UserRepository::Credentials& account, std::string_view prepared) {
    if (!hasher.needs_rehash(account.password_hash)) return;
    std::string hash = hasher.hash(prepared);
    const auto replaced = users.update_password(account.user.id, account.password_hash, hash);
    if (replaced && *replaced) account.password_hash = std::move(hash);
  }

  /// Asked after the session is stored: a password that was changed since authenticate() has revoked every session but
  /// perhaps this one.
  core::result<bool> still_opens(const UserRepository::Credentials& account, std::string_view password) {
    auto now = users.find_credentials(account.user.id);
    if (!now) return now.error();
    if (!*now) return false;
    if ((*now)->password_hash == account.password_hash) return true;
    return hasher.verify((*now)->password_hash, prepare_password(password).value_or(""));
  }

  /// What fails stays for the next housekeeping().
  void depart(UserId id) {
    // Also those of a login that was under way when the account went.
    auto done = keeper.revoke_others(id, 0);
    if (done) done = departures.forget(id);
    if (done) done = users.departed(id);
    if (!done) log::warn("deletion not finished", {{"user_id", id}, {"reason", done.error().code().name}});
  }

  AccountOptions options;
  UserRepository& users;
  Departures& departures;
  const crypto::PasswordHasher& hasher;
  id::Generator& ids;
  SessionKeeper keeper;
};

}  // namespace netherlink::user
