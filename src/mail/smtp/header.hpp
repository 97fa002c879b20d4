#pragma once

#include <string>
#include <string_view>

#include "netherlink/core/ids.hpp"

namespace netherlink::mail {

/// A header of a mail: `name: value`. Of the value nothing can become a second header: what is not printable ASCII
/// goes as encoded words (RFC 2047), line breaks and other control characters too.
std::string header(std::string_view name, std::string_view value);
/// A name beside an address (RFC 5322 section 3.4), for From. `address`: ASCII.
std::string from_header(std::string_view name, std::string_view address);
/// `Date: Sat, 22 Nov 2025 10:00:00 +0000`.
std::string date_header(core::Timestamp now);

}  // namespace netherlink::mail
