#pragma once

#include <optional>

#include "netherlink/mail/service.hpp"

namespace netherlink::mail {

/// Makes of a letter what is sent, at the moment when it is sent: whom it concerns, and its code. Thread-safe; blocks.
class Writer {
 public:
  Writer(const Options& options, MailRepository& repository, user::UserRepository& users);

  /// nullopt: there is nothing to say any more.
  core::result<std::optional<Message>> write(const Letter& letter);

 private:
  core::result<std::optional<user::User>> receiver(const Letter& letter);
  core::result<bool> is_taken(const Letter& letter);
  Message message(const Letter& letter, Topic topic, const user::User& user, const std::string& code) const;

  const Options& options_;
  MailRepository& repository_;
  user::UserRepository& users_;
  std::string server_;  // the host of links
};

}  // namespace netherlink::mail
