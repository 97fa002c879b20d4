#pragma once

#include <cstdint>
#include <string>

#include "netherlink/core/ids.hpp"

namespace netherlink::mail {

using core::Timestamp;
using core::UserId;

/// What a letter is about. The numbers are stored.
enum class Topic : std::uint8_t {
  verify = 1,          // a code that confirms the address
  reset = 2,           // a code that sets a new password
  changing = 3,        // to the old address: a new one waits to be confirmed
  removed = 4,         // to the old address: it was taken off the account
  password_reset = 5,  // the password was set with a code
  taken = 6,           // somebody asked to confirm the address of another account; made of `verify` when it is sent
};

/// What letters are written in. The numbers are stored.
enum class Language : std::uint8_t { english = 0, chinese = 1 };

/// A letter that was accepted and not sent yet.
struct Letter {
  std::int64_t id = 0;
  Topic topic = Topic::verify;
  Language language = Language::english;
  UserId user_id = 0;  // of `reset` 0: whoever has confirmed the address, if anybody has
  std::string address, address_key;
  Timestamp created_at = 0;
  std::int64_t attempts = 0;  // so far; whoever took it last is known by it
};

/// A code that was sent, as it is kept (src/mail/codes.hpp).
struct Code {
  std::string selector, hash;
  Topic topic = Topic::verify;
  UserId user_id = 0;
  std::string address, address_key;
};

/// What goes to the mail server.
struct Message {
  std::string id;  // the same for each attempt: letters and digits
  std::string to, subject, text, html;
};

}  // namespace netherlink::mail
