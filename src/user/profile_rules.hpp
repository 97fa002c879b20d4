#pragma once

#include <string>
#include <vector>

#include "netherlink/core/error.hpp"
#include "netherlink/user/types.hpp"

namespace netherlink::user {

// Each adds what is wrong to `problems`. Nothing is trimmed, cut or converted.

/// 1 to 64 code points, something to see among them, no space at either end, no control characters.
void check_nickname(const std::string& nickname, std::vector<core::FieldError>& problems);
/// Empty, or an http or https URL of at most 2048 ASCII bytes, without user information.
void check_avatar_url(const std::string& url, std::vector<core::FieldError>& problems);
/// At most 500 code points; line breaks and tabs are allowed, other control characters are not.
void check_bio(const std::string& bio, std::vector<core::FieldError>& problems);
/// id and name at most 128 bytes, platform at most 32; no control characters.
void check_device(const Device& device, std::vector<core::FieldError>& problems);

}  // namespace netherlink::user
