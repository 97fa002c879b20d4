#pragma once

#include <string_view>

#include "gateway/http/message.hpp"
#include "netherlink/core/result.hpp"

namespace netherlink::gateway {

/// Fills `path` and `query` from a request-target (RFC 9112, section 3.2): origin-form, absolute-form or `*`.
/// request.malformed for any other form, a bad percent code, a NUL or what is not UTF-8 once decoded. In the query, `+`
/// is a space.
core::result<void> parse_target(std::string_view target, Request& request);

/// A Host that may stand in a request: uri-host [":" port] (RFC 9110, section 7.2), not empty.
bool is_valid_host(std::string_view host);

}  // namespace netherlink::gateway
