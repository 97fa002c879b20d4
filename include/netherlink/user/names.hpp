#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "netherlink/core/result.hpp"

namespace netherlink::user {

/// The rules of names (docs/protocol.md): 3 to 32 code points after NFKC, letters, marks and digits of any script, and
/// `_ . -`; not beginning or ending with `.` or `-`, not beginning with a mark. Answers the normal form that makes
/// names unique (NFKC, case folded): "Ａlice", "ALICE" and "alice" are one name. request.invalid names the field
/// `username`.
core::result<std::string> username_key(std::string_view username);

/// something@something.something, at most 254 bytes, letters of any script. Answers NFKC, case folded.
/// request.invalid names the field `email`.
core::result<std::string> email_key(std::string_view email);

/// The normal form of the beginning of a name: what the username_key of a name that begins so begins with. nullopt: no
/// name does.
std::optional<std::string> name_prefix_key(std::string_view prefix);

/// The normal form of what somebody signs in with: an e-mail address if there is an @ in it, else a user name. nullopt:
/// neither, so nobody has it.
std::optional<std::string> login_key(std::string_view name_or_email);

/// Text as it is looked for, however it is spelled: NFKC, case folded.
std::string folded(std::string_view text);

}  // namespace netherlink::user
