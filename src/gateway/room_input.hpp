#pragma once

#include <string_view>

#include "gateway/api/query_input.hpp"
#include "gateway/json_input.hpp"
#include "netherlink/room/types.hpp"

namespace netherlink::gateway {

/// The optional object `name` of a frame: {game?, status?, has_password?, has_space?, q?}. Absent: everything matches.
room::Filter read_room_filter(JsonInput& input, std::string_view name);
/// The same from the query of GET /rooms.
room::Filter read_room_filter(QueryInput& query);

}  // namespace netherlink::gateway
