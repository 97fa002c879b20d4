#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace netherlink::user {

/// UTF-8 as code points; nullopt if it is not valid UTF-8.
std::optional<std::u32string> decode_utf8(std::string_view text);

// Normal forms of valid UTF-8 (Unicode Standard Annex 15).
std::string nfc(std::string_view text);
std::string nfkc(std::string_view text);
std::string nfkc_case_fold(std::string_view text);

bool is_letter_or_digit(char32_t c);
bool is_mark(char32_t c);
/// Category Zs: visible gaps, of any width.
bool is_space(char32_t c);
/// Cc, and the line and paragraph separators.
bool is_control(char32_t c);
/// Drawn as nothing: joiners, fillers, variation selectors, tags, soft hyphens (Default_Ignorable_Code_Point).
bool is_invisible(char32_t c);
/// Turns the direction of the text around it.
bool is_direction_control(char32_t c);

}  // namespace netherlink::user
