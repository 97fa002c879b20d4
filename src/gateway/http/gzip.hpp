#pragma once

#include <string>
#include <string_view>

namespace netherlink::gateway {

/// RFC 1952, at a level that costs little.
std::string gzip(std::string_view text);

}  // namespace netherlink::gateway
