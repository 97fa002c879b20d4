#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "netherlink/core/result.hpp"
#include "netherlink/mail/types.hpp"

namespace netherlink::mail {

/// Hands messages to a mail server. Thread-safe.
class MailSender {
 public:
  virtual ~MailSender() = default;

  enum class Outcome : std::uint8_t {
    sent,         // the server took it
    refused,      // the server will not take this message, however often it is asked
    failed,       // later, perhaps
    unreachable,  // likewise, and it is the same for every other message
    interrupted,
  };
  struct Report {
    Outcome outcome = Outcome::failed;
    std::string reason;  // for the operator: no address is in it
  };
  /// Blocks, within limits of its own.
  virtual Report send(const Message& message) = 0;
  /// Ends what runs, and lets later calls fail. Any thread.
  virtual void interrupt() = 0;
};

/// Implemented in store. Calls block. A failing store is server.unavailable. Times are those of the database's clock.
class MailRepository {
 public:
  virtual ~MailRepository() = default;

  // Letters, each sent by whoever takes it, again by another if that one is not heard of any more.

  /// server.overloaded when `most` letters or more wait already.
  virtual core::result<void> accept(std::span<const Letter> letters, std::size_t most) = 0;
  /// One that is due, which is nobody else's for the time of `lease`.
  virtual core::result<std::optional<Letter>> take(std::chrono::milliseconds lease) = 0;
  /// It is over; nothing happens if somebody else has taken it meanwhile.
  virtual core::result<void> done(const Letter& letter) = 0;
  /// Likewise: it is due again after `delay`.
  virtual core::result<void> put_back(const Letter& letter, std::chrono::milliseconds delay) = 0;
  virtual core::result<std::int64_t> waiting() = 0;

  // Codes. `most`: wrong guesses after which one is dead.

  /// The code works from now on for `ttl`, also if it was issued before. False: it was used already.
  virtual core::result<bool> issue(const Code& code, std::chrono::milliseconds ttl) = 0;
  /// The account that a code opens; email.code_invalid. Counts a wrong guess.
  virtual core::result<UserId> owner(const Code& code, std::size_t most) = 0;
  /// Uses the code: its address is the account's, and nobody else's. Whoever had said it without confirming it loses
  /// it. email.code_invalid; email.taken when another account has confirmed it.
  virtual core::result<UserId> confirm(const Code& code, std::size_t most) = 0;
  /// Uses the code, and every other of this topic for the account: the password is new, and all sessions are over
  /// (answered). `notice` is accepted for the account's address. email.code_invalid.
  struct Reset {
    UserId user_id = 0;
    std::vector<core::SessionId> ended;
  };
  virtual core::result<Reset> reset(const Code& code, std::size_t most, std::string_view password_hash,
                                    const Letter& notice) = 0;

  // Addresses.

  /// From now on `address` waits to be confirmed; the one that was confirmed before stays until then. The letters are
  /// accepted with it. As accept().
  virtual core::result<void> propose(UserId user, std::string_view address, std::span<const Letter> letters,
                                     std::size_t most) = 0;
  /// The account has no address, and no code for it works.
  virtual core::result<void> remove(UserId user, std::span<const Letter> letters, std::size_t most) = 0;

  /// Forgets codes that have been over for `age`.
  virtual core::result<void> purge(std::chrono::milliseconds age) = 0;
};

}  // namespace netherlink::mail
