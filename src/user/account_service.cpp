#include <utility>

#include "netherlink/log/log.hpp"
#include "netherlink/metrics/metrics.hpp"
#include "user/account_impl.hpp"

namespace netherlink::user {
namespace {

metrics::Counter& logins(bool accepted) {
  static constexpr std::string_view name = "netherlink_logins_total", help = "Attempts to sign in";
  static metrics::Counter& ok = metrics::counter(name, help, {{"result", "ok"}});
  static metrics::Counter& refused = metrics::counter(name, help, {{"result", "refused"}});
  return accepted ? ok : refused;
}

}  // namespace

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
  if (impl_->options.confirm_email) mail_key.clear();
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
  // A guest has no password.
  const bool opens = (*account)->user.guest ? password.empty()
                                            : prepared && impl_->hasher.verify((*account)->password_hash, *prepared);
  if (!opens) return errors::auth_wrong_password;
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
  collect_guests();
}

core::result<std::vector<Session>> AccountService::recently_revoked() {
  return impl_->keeper.recently_revoked();
}

}  // namespace netherlink::user
