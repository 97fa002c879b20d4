// Guests (U10): accounts without a name and password of their own.
#include "user/account_impl.hpp"

namespace netherlink::user {
namespace {

constexpr std::size_t guests_at_once = 100;

}  // namespace

core::result<Login> AccountService::register_guest(const std::string& nickname, const Device& device) {
  Problems problems;
  check_nickname(nickname, problems);
  check_device(device, problems);
  if (!problems.empty()) return core::Error(errors::request_invalid, std::move(problems));
  const auto id = impl_->ids.next();
  if (!id) return id.error();
  User user;
  user.id = *id;
  user.username = "guest-";
  user.username.append(std::to_string(*id));
  user.nickname = nickname;
  user.guest = true;
  user.created_at = core::now_ms();
  // No name begins with a colon: this one is nobody's, and no search finds it.
  std::string key(":guest-");
  key.append(std::to_string(*id));
  if (auto stored = impl_->users.insert(user, key, "", ""); !stored) return stored.error();
  log::info("guest came", {{"user_id", user.id}});
  auto tokens = impl_->keeper.open(user.id, device);
  if (!tokens) return tokens.error();
  return Login{std::move(user), std::move(*tokens)};
}

core::result<User> AccountService::upgrade(UserId guest, const Registration& registration) {
  std::string name_key, mail_key;
  if (auto problems = impl_->check(registration, name_key, mail_key); !problems.empty()) {
    const bool weak_password = problems.size() == 1 && problems[0].field == "password";
    return core::Error(weak_password ? errors::auth_weak_password : errors::request_invalid, std::move(problems));
  }
  if (impl_->options.confirm_email) mail_key.clear();
  auto before = profile(guest);
  if (!before) return before;
  if (!before->guest) return errors::auth_not_guest;
  for (const std::string& key : {name_key, mail_key}) {
    if (auto checked = impl_->check_free(key); !checked) return checked.error();
  }
  User names;
  names.username = registration.username;
  names.email = registration.email.value_or("");
  const std::string hash = impl_->hasher.hash(*prepare_password(registration.password));
  const auto upgraded = impl_->users.upgrade(guest, names, name_key, mail_key, hash);
  if (!upgraded) return upgraded.error();
  if (!*upgraded) return errors::auth_not_guest;
  log::info("guest became an account", {{"user_id", guest}});
  return profile(guest);
}

void AccountService::forget_guest(UserId id) {
  const auto revoked = impl_->users.erase(id, "", core::now_ms());
  if (!revoked || !*revoked) return;
  impl_->keeper.told_revoked(**revoked);
  impl_->depart(id);
}

void AccountService::collect_guests() {
  const auto before = core::now_ms() - std::chrono::milliseconds(impl_->options.guest_idle).count();
  const auto idle = impl_->users.idle_guests(before, guests_at_once);
  if (!idle) return log::warn("idle guests not looked for", {{"reason", idle.error().code().name}});
  for (const UserId id : *idle) forget_guest(id);
}

}  // namespace netherlink::user
