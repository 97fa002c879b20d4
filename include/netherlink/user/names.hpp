#pragma once

#include <string>
#include <string_view>

#include "netherlink/core/result.hpp"

namespace netherlink::user {

/// The rules of names (docs/protocol.md): 3 to 32 code points after NFKC, letters and digits of any script, and `_ . -`
/// in between; not beginning or ending with `. -`. Answers the normal form that makes names unique (NFKC, case folded):
/// "Ａlice", "ALICE" and "alice" are one name.
core::result<std::string> username_key(std::string_view username);

/// Case-folded; something@something.something, at most 254 bytes.
core::result<std::string> email_key(std::string_view email);

}  // namespace netherlink::user
