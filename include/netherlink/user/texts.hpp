#pragma once

#include <optional>
#include <string>
#include <string_view>

/// Rules of texts that people write and others see. Each answers what is wrong; nullopt: nothing. How long they may be
/// is for the caller to say.
namespace netherlink::user {

/// One line, with something to see in it and no space at either end.
std::optional<std::string> title_problem(std::string_view text);
/// Line breaks and tabs are allowed, other control characters are not.
std::optional<std::string> prose_problem(std::string_view text);
/// Empty, or an http or https URL of at most 2048 ASCII bytes, without user information.
std::optional<std::string> web_url_problem(std::string_view url);

}  // namespace netherlink::user
