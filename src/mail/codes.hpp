#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "netherlink/mail/types.hpp"

namespace netherlink::mail {

/// A code is 24 letters and digits (Crockford's base32): eight find it, sixteen (80 bits) are known to whoever read the
/// mail alone. It follows from the letter's id and a key, so that a letter says the same whenever it is sent, and no
/// code has to be stored.
std::string make_code(std::string_view key, std::int64_t letter);
/// ABCD-EFGH-…, for people.
std::string grouped(std::string_view code);

/// What is kept of a code, from what somebody typed or pasted: case, blanks and hyphens do not matter, and 0 and O, 1,
/// I and L are the same. nullopt: no code looks like that.
std::optional<Code> read_code(std::string_view text, Topic topic);

}  // namespace netherlink::mail
