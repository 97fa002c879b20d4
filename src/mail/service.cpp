#include "netherlink/mail/service.hpp"

#include <utility>
#include <vector>

#include "mail/codes.hpp"
#include "mail/outbox.hpp"
#include "netherlink/log/log.hpp"
#include "netherlink/user/names.hpp"

namespace netherlink::mail {

using core::result;

struct EmailService::Impl {
  explicit Impl(Dependencies d)
      : options(std::move(d.options)),
        sender(std::move(d.sender)),
        repository(d.repository),
        users(d.users),
        accounts(d.accounts),
        events(d.events),
        ids(d.ids),
        writer(options, repository, users) {
    if (sender) outbox = std::make_unique<Outbox>(options, repository, *sender, writer);
  }

  result<Letter> letter(Topic topic, Language language, UserId user, const std::string& address) {
    const auto id = ids.next();
    if (!id) return id.error();
    auto key = user::email_key(address);
    if (!key) return key.error();
    return Letter{.id = *id,
                  .topic = topic,
                  .language = language,
                  .user_id = user,
                  .address = address,
                  .address_key = std::move(*key),
                  .created_at = core::now_ms()};
  }

  result<void> accept(const result<Letter>& letter) {
    if (!letter) return letter.error();
    if (auto accepted = repository.accept(std::span(&*letter, 1), options.queue); !accepted) return accepted;
    outbox->wake();
    return {};
  }

  const Options options;
  const std::unique_ptr<MailSender> sender;
  MailRepository& repository;
  user::UserRepository& users;
  user::AccountService& accounts;
  user::SessionEvents& events;
  id::Generator& ids;
  Writer writer;
  std::unique_ptr<Outbox> outbox;
};

EmailService::EmailService(Dependencies dependencies) : impl_(std::make_unique<Impl>(std::move(dependencies))) {}

EmailService::~EmailService() = default;

bool EmailService::enabled() const {
  return impl_->outbox != nullptr;
}

void EmailService::start() {
  if (enabled()) impl_->outbox->start();
}

void EmailService::stop() {
  if (enabled()) impl_->outbox->stop();
}

result<void> EmailService::request_reset(const std::string& address, Language language) {
  if (!enabled()) return errors::email_disabled;
  return impl_->accept(impl_->letter(Topic::reset, language, 0, address));
}

result<UserId> EmailService::reset(std::string_view text, std::string_view password, Language language) {
  if (!enabled()) return errors::email_disabled;
  const auto code = read_code(text, Topic::reset);
  if (!code) return errors::email_code_invalid;
  // A wrong code must not cost a hash.
  const auto owner = impl_->repository.owner(*code, impl_->options.code_attempts);
  if (!owner) return owner.error();
  const auto hash = impl_->accounts.hash_new_password(*owner, password);
  if (!hash) return hash.error().is(errors::user_not_found) ? core::Error(errors::email_code_invalid) : hash.error();
  const auto id = impl_->ids.next();
  if (!id) return id.error();
  const Letter notice{.id = *id,
                      .topic = Topic::password_reset,
                      .language = language,
                      .user_id = 0,
                      .address = {},
                      .address_key = {},
                      .created_at = core::now_ms()};
  const auto done = impl_->repository.reset(*code, impl_->options.code_attempts, *hash, notice);
  if (!done) return done.error();
  log::info("password reset", {{"user_id", done->user_id}});
  if (!done->ended.empty()) impl_->events.sessions_revoked(done->ended);
  impl_->outbox->wake();
  return done->user_id;
}

result<void> EmailService::request_verification(UserId user, Language language) {
  if (!enabled()) return errors::email_disabled;
  const auto profile = impl_->accounts.profile(user);
  if (!profile) return profile.error();
  const auto& address = profile->email_verified ? profile->email_pending : profile->email;
  if (address.empty()) return errors::email_nothing_to_verify;
  return impl_->accept(impl_->letter(Topic::verify, language, user, address));
}

result<UserId> EmailService::verify(std::string_view text) {
  if (!enabled()) return errors::email_disabled;
  const auto code = read_code(text, Topic::verify);
  if (!code) return errors::email_code_invalid;
  auto user = impl_->repository.confirm(*code, impl_->options.code_attempts);
  if (user) log::info("e-mail address confirmed", {{"user_id", *user}});
  return user;
}

result<user::User> EmailService::change(UserId user, std::string_view password, const std::string& address,
                                        Language language) {
  if (!enabled()) return errors::email_disabled;
  const auto verification = impl_->letter(Topic::verify, language, user, address);
  if (!verification) return verification.error();
  const auto before = impl_->accounts.confirm_password(user, password);
  if (!before) return before.error();
  std::vector<Letter> letters;
  if (!before->email_verified || before->email != address) letters.push_back(*verification);
  if (before->email_verified && before->email != address) {
    const auto word = impl_->letter(Topic::changing, language, user, before->email);
    if (word) letters.push_back(*word);
  }
  auto proposed = impl_->repository.propose(user, address, letters, impl_->options.queue);
  if (!proposed) return proposed.error();
  log::info("e-mail address given", {{"user_id", user}});
  impl_->outbox->wake();
  return impl_->accounts.profile(user);
}

result<void> EmailService::remove(UserId user, std::string_view password, Language language) {
  if (!enabled()) return errors::email_disabled;
  const auto before = impl_->accounts.confirm_password(user, password);
  if (!before) return before.error();
  std::vector<Letter> letters;
  if (before->email_verified) {
    const auto word = impl_->letter(Topic::removed, language, user, before->email);
    if (word) letters.push_back(*word);
  }
  auto removed = impl_->repository.remove(user, letters, impl_->options.queue);
  if (!removed) return removed;
  log::info("e-mail address removed", {{"user_id", user}});
  impl_->outbox->wake();
  return {};
}

}  // namespace netherlink::mail
