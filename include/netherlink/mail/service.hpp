#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "netherlink/core/result.hpp"
#include "netherlink/id/snowflake.hpp"
#include "netherlink/mail/ports.hpp"
#include "netherlink/user/service.hpp"

namespace netherlink::mail {

struct Options {
  std::chrono::milliseconds code_ttl{}, give_up_after{}, retry_after{}, poll_interval{};
  std::chrono::milliseconds lease{};  // longer than MailSender::send() ever takes
  std::size_t code_attempts = 5, queue = 10'000, threads = 1;
  std::string public_url;  // links begin with it
  std::string code_key;    // what codes are made with, a secret, the same on every replica
};

/// U9: addresses that are confirmed, passwords that are reset, by codes in mails. What is asked for is written down
/// and done behind the answer, by any replica, so that neither the answer nor its time tells whether somebody has an
/// address. Thread-safe; calls block: store pool, or password pool where it is said. Without a sender every call
/// answers email.disabled. What is referred to must outlive the service.
class EmailService {
 public:
  struct Dependencies {
    Options options;
    std::unique_ptr<MailSender> sender;  // nullptr: there is no mail
    MailRepository& repository;
    user::UserRepository& users;
    user::AccountService& accounts;
    user::SessionEvents& events;
    id::Generator& ids;
  };
  explicit EmailService(Dependencies dependencies);
  ~EmailService();

  bool enabled() const;

  /// Sends what waits, on threads of its own. Not called: this replica only accepts.
  void start();
  /// What is being sent is broken off and left to others.
  void stop();

  /// Whoever has confirmed `address` gets a code. request.invalid: it is no address; server.overloaded.
  core::result<void> request_reset(const std::string& address, Language language);
  /// Password pool. Ends every session of the account, which is answered. email.code_invalid, auth.weak_password (the
  /// code still works then).
  core::result<UserId> reset(std::string_view code, std::string_view password, Language language);

  /// A code for the address that waits to be confirmed. email.nothing_to_verify.
  core::result<void> request_verification(UserId user, Language language);
  /// email.code_invalid, email.taken. Whoever caches users forgets the one that is answered.
  core::result<UserId> verify(std::string_view code);

  /// Password pool. A code goes to `address`, and word of it to the one that was confirmed before, which stays until
  /// the new one is. Answers the account as it is then. request.invalid, auth_wrong_password, server.overloaded.
  core::result<user::User> change(UserId user, std::string_view password, const std::string& address,
                                  Language language);
  /// Password pool. auth_wrong_password.
  core::result<void> remove(UserId user, std::string_view password, Language language);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

struct SmtpOptions {
  std::string url;      // smtp://host:port or smtps://host:port
  bool tls = true;      // smtp: STARTTLS is required
  std::string ca_file;  // empty: the system's
  std::string user, password;
  std::string from, from_name;
  std::chrono::milliseconds timeout{};  // of one message
};
/// Speaks SMTP (RFC 5321). A connection for each message: a server closes what is idle.
std::unique_ptr<MailSender> make_smtp_sender(SmtpOptions options);

}  // namespace netherlink::mail
