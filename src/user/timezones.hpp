#pragma once

#include <string_view>

namespace netherlink::user {

/// Is this a name of the IANA time zone database, such as Europe/Berlin or UTC? (Not the POSIX or "GMT+3" forms.)
bool is_timezone(std::string_view name);

}  // namespace netherlink::user
