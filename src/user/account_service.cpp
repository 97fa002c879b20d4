#include <utility>

#include "netherlink/log/log.hpp"
#include "netherlink/metrics/metrics.hpp"
#include "netherlink/user/names.hpp"
#include "netherlink/user/service.hpp"
#include "user/password_policy.hpp"
#include "user/profile_rules.hpp"
#include "user/session_keeper.hpp"

namespace netherlink::user {
namespace {

using Problems = std::vector<core::FieldError>;

metrics::Counter& logins(bool accepted) {
  static constexpr std::string_view name = "netherlink_logins_total", help = "Attempts to sign in";
  static metrics::Counter& ok = metrics::counter(name, help, {{"result", "ok"}});
  static metrics::Counter& refused = metrics::counter(name, help, {{"result", "refused"}});
  return accepted ? ok : refused;
}

/// The normal form, or its problems added to `problems`.
std::string key_or_problem(core::result<std::string> key, Problems& problems) {
  if (key) return std::move(*key);
  const auto error = key.error();
  problems.insert(problems.end(), error.fields().begin(), error.fields().end());
  return {};
}

}  // namespace

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

AccountService::AccountService(AccountOptions options, UserRepository& users, SessionRepository& sessions,
                               SessionEvents& events, Departures& departures, const crypto::PasswordHasher& hasher,
                               const crypto::TokenSigner& signer, id::Generator& ids)
    : impl_(std::make_unique<Impl>(options, users, sessions, events, departures, hasher, signer, ids)) {}

AccountService::~AccountService() = default;

core::result<Login> AccountService::register_user(const Registration& registration) {
  std::string name_key, mail_key;
  if (auto problems = impl_->check(registration, name_key, mail_key); !problems.empty()) {
    const bool weak_password = problems.size() == 1 && problems[0].field == "password";
    return core::Error(weak_password ? errors::auth_weak_password : errors::request_invalid, std::move(problems));
  }
  for (const std::string& key : {name_key, mail_key}) {
    if (auto checked = impl_->check_free(key); !checked) return checked.error();
  }
  const auto id = impl_->ids.next();
  if (!id) return id.error();
  User user;
  user.id = *id;
  user.username = registration.username;
  user.nickname = registration.nickname.value_or(registration.username);
  user.email = registration.email.value_or("");
  user.created_at = core::now_ms();
  const std::string hash = impl_->hasher.hash(*prepare_password(registration.password));
  if (auto stored = impl_->users.insert(user, name_key, mail_key, hash); !stored) return stored.error();
  log::info("user registered", {{"user_id", user.id}});
  auto tokens = impl_->keeper.open(user.id, registration.device);
  if (!tokens) return tokens.error();
  return Login{std::move(user), std::move(*tokens)};
}

std::vector<core::FieldError> AccountService::problems(const Registration& registration) const {
  std::string name_key, mail_key;
  return impl_->check(registration, name_key, mail_key);
}

core::result<Login> AccountService::login(std::string_view name_or_email, std::string_view password,
                                          const Device& device) {
  Problems problems;
  check_device(device, problems);
  if (!problems.empty()) return core::Error(errors::request_invalid, std::move(problems));

  auto account = impl_->authenticate(name_or_email, password);
  if (!account) return account.error();
  logins(account->has_value()).add();
  if (!*account) return errors::auth_invalid_credentials;

  const UserId id = (*account)->user.id;
  auto tokens = impl_->keeper.open(id, device);
  if (!tokens) return tokens.error();
  auto current = impl_->still_opens(**account, password);
  if (current && *current) return Login{std::move((*account)->user), std::move(*tokens)};
  auto revoked = impl_->keeper.revoke(id, std::span(&tokens->session_id, 1));
  if (!revoked) return revoked.error();
  if (!current) return current.error();
  return errors::auth_invalid_credentials;
}

core::result<Tokens> AccountService::refresh(std::string_view refresh_token) {
  return impl_->keeper.refresh(refresh_token);
}

core::result<void> AccountService::change_password(const Principal& who, std::string_view old_password,
                                                   std::string_view new_password) {
  auto account = impl_->users.find_credentials(who.user_id);
  if (!account) return account.error();
  const auto prepared = prepare_password(old_password);
  if (!*account || !prepared) {
    impl_->hasher.waste(prepared.value_or(""));
    return errors::auth_wrong_password;
  }
  const User& user = (*account)->user;
  if (!impl_->hasher.verify((*account)->password_hash, *prepared)) return errors::auth_wrong_password;
  auto weakness = password_weakness(new_password, impl_->options.password_min_length,
                                    login_key(user.username).value_or(""), login_key(user.email).value_or(""));
  if (weakness) return core::Error(errors::auth_weak_password, Problems{{"new_password", std::move(*weakness)}});

  const std::string hash = impl_->hasher.hash(*prepare_password(new_password));
  auto changed = impl_->users.update_password(user.id, (*account)->password_hash, hash);
  if (!changed) return changed.error();
  if (!*changed) return errors::auth_wrong_password;
  log::info("password changed", {{"user_id", user.id}});
  return impl_->keeper.revoke_others(user.id, who.session_id);
}

core::result<void> AccountService::delete_account(const Principal& who, std::string_view password) {
  auto account = impl_->users.find_credentials(who.user_id);
  if (!account) return account.error();
  const auto prepared = prepare_password(password);
  if (!*account) return {};
  if (!prepared || !impl_->hasher.verify((*account)->password_hash, *prepared)) return errors::auth_wrong_password;
  auto revoked = impl_->users.erase(who.user_id, (*account)->password_hash, core::now_ms());
  if (!revoked) return revoked.error();
  if (!*revoked) {
    const auto now = impl_->users.find_credentials(who.user_id);
    if (!now) return now.error();
    return *now ? core::result<void>(errors::auth_wrong_password) : core::result<void>();
  }
  log::info("account deleted", {{"user_id", who.user_id}});
  impl_->keeper.told_revoked(**revoked);
  impl_->depart(who.user_id);
  return {};
}

core::result<AccountService::NamePage> AccountService::search(std::string_view prefix, std::string_view cursor,
                                                              std::size_t limit) {
  NamePage page;
  const auto key = name_prefix_key(prefix);
  if (!key) return page;
  auto found = impl_->users.search(*key, cursor, limit + 1);
  if (!found) return found.error();
  if (found->size() > limit) {
    found->resize(limit);
    page.next = found->back().name_key;
  }
  for (auto& named : *found) page.items.push_back(std::move(named.user));
  return page;
}

core::result<User> AccountService::profile(UserId id) {
  auto found = impl_->users.find(std::span(&id, 1));
  if (!found) return found.error();
  if (found->empty()) return errors::user_not_found;
  return std::move(found->front());
}

core::result<User> AccountService::update_profile(UserId id, const ProfileChange& change) {
  Problems problems;
  if (change.nickname) check_nickname(*change.nickname, problems);
  if (change.avatar_url) check_avatar_url(*change.avatar_url, problems);
  if (change.bio) check_bio(*change.bio, problems);
  if (!problems.empty()) return core::Error(errors::request_invalid, std::move(problems));
  auto updated = impl_->users.update_profile(id, change);
  if (!updated) return updated.error();
  if (!*updated) return errors::user_not_found;
  return std::move(**updated);
}

core::result<std::vector<Session>> AccountService::sessions(const Principal& who) {
  return impl_->keeper.live(who.user_id);
}

core::result<void> AccountService::revoke_session(const Principal& who, SessionId id) {
  auto found = impl_->keeper.find(id);
  if (!found) return found.error();
  if (!*found || (*found)->expires_at <= core::now_ms()) return errors::resource_not_found;
  auto revoked = impl_->keeper.revoke(who.user_id, std::span(&id, 1));
  if (!revoked) return revoked.error();
  if (!*revoked) return errors::resource_not_found;
  return {};
}

core::result<void> AccountService::logout(const Principal& who) {
  auto revoked = impl_->keeper.revoke(who.user_id, std::span(&who.session_id, 1));
  if (!revoked) return revoked.error();
  return {};
}

void AccountService::seen(SessionId id) {
  impl_->keeper.seen(id);
}

void AccountService::housekeeping() {
  impl_->keeper.housekeeping();
  const auto departing = impl_->users.departures();
  if (!departing) return log::warn("deletions not looked for", {{"reason", departing.error().code().name}});
  for (const UserId id : *departing) impl_->depart(id);
}

core::result<std::vector<Session>> AccountService::recently_revoked() {
  return impl_->keeper.recently_revoked();
}

}  // namespace netherlink::user
