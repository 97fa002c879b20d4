#pragma once

#include <string>
#include <string_view>

namespace netherlink::gateway {

/// RFC 1952, at a level that costs little.
std::string gzip(std::string_view text);

/// Whether an Accept-Encoding header (RFC 9110, 12.5.3) takes gzip.
bool accepts_gzip(std::string_view header);

}  // namespace netherlink::gateway
