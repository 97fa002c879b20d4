// What other modules ask about passwords before they change something of an account.
#include "user/account_impl.hpp"

namespace netherlink::user {

core::result<User> AccountService::confirm_password(UserId who, std::string_view password) {
  auto account = impl_->users.find_credentials(who);
  if (!account) return account.error();
  const auto prepared = prepare_password(password);
  if (!*account || !prepared) {
    impl_->hasher.waste(prepared.value_or(""));
    return errors::auth_wrong_password;
  }
  if (!impl_->hasher.verify((*account)->password_hash, *prepared)) return errors::auth_wrong_password;
  return std::move((*account)->user);
}

core::result<std::string> AccountService::hash_new_password(UserId who, std::string_view password) {
  auto account = impl_->users.find_credentials(who);
  if (!account) return account.error();
  if (!*account) return errors::user_not_found;
  const User& user = (*account)->user;
  auto weakness = password_weakness(password, impl_->options.password_min_length, login_key(user.username).value_or(""),
                                    login_key(user.email).value_or(""));
  if (weakness) return core::Error(errors::auth_weak_password, Problems{{"password", std::move(*weakness)}});
  return impl_->hasher.hash(*prepare_password(password));
}

}  // namespace netherlink::user
