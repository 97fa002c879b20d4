#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace netherlink::user {

constexpr std::size_t password_max_bytes = 1024;

/// The form that is hashed: the OpaqueString profile of RFC 8265 (NFC, every space becomes U+0020), so that a password
/// is the same from every keyboard. nullopt for what no password can be: over 1024 bytes, control characters, not
/// UTF-8.
std::optional<std::string> prepare_password(std::string_view password);

/// What is wrong with a password for this person, in a few words; nullopt: nothing. Refused are those that cannot be
/// prepared, are shorter than `min_bytes`, repeat one character, are on the list of the most common ones, or are the
/// person's name or e-mail address. The keys are normal forms, possibly empty.
std::optional<std::string> password_weakness(std::string_view password, std::size_t min_bytes,
                                             std::string_view name_key, std::string_view email_key);

/// On the list of the most common passwords, compared without regard to case.
bool is_common_password(std::string_view password);

}  // namespace netherlink::user
