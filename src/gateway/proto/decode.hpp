#pragma once

#include <boost/json/object.hpp>
#include <string_view>

#include "netherlink/core/result.hpp"

namespace netherlink::gateway::proto {

/// A Frame of a client as the frame in JSON that says the same: {"type", "id"?, "data"}. frame.malformed for what is no
/// Frame; what the schema does not know is skipped, and a Frame without known data has the type "". `depth`: levels of
/// JSON that a field may hold.
core::result<boost::json::object> decode_frame(std::string_view bytes, std::size_t depth);

}  // namespace netherlink::gateway::proto
