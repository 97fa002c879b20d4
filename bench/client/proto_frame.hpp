#pragma once

#include <string>
#include <string_view>

namespace netherlink::bench {

/// Of a Frame of netherlink.v1.proto what the scenarios look at (a new message, `world` in a welcome), as the JSON that
/// they read. Kept in `scratch` until the next call; empty for bytes that are no Frame.
std::string_view proto_as_json(std::string_view frame, std::string& scratch);

}  // namespace netherlink::bench
