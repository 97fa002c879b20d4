#pragma once

#include <memory>
#include <optional>

#include "gateway/api/rooms.hpp"
#include "gateway/json_input.hpp"

namespace netherlink::gateway::rooms {

// What the calls about rooms have in common.

core::UserId caller(const Request& request);
/// Of the path: whatever is not an id is no room.
core::result<room::RoomId> room_of(const Request& request);
Response room_answer(const RoomApi& api, const core::result<room::Room>& room, int status = 200);

/// The object in the body; a body that is not there is an empty one.
core::result<boost::json::object> body_of(const RoomApi& api, const Request& request);
/// `read(JsonInput&)` takes the fields; request.invalid with every problem.
template <class Read>
core::result<void> read_body(const RoomApi& api, const Request& request, Read read) {
  const auto object = body_of(api, request);
  if (!object) return object.error();
  JsonInput input(*object, JsonInput::Unknown::refuse);
  read(input);
  return input.finish();
}

// rooms_entering.cpp: calls that may carry a password.

void create(const RoomApi& api, const std::shared_ptr<const Request>& request, const Responder& respond);
void update(const RoomApi& api, const std::shared_ptr<const Request>& request, const Responder& respond);
void join(const RoomApi& api, const std::shared_ptr<const Request>& request, const Responder& respond);
void join_by_code(const RoomApi& api, const std::shared_ptr<const Request>& request, const Responder& respond);
Response quick_join(const RoomApi& api, const Request& request);

// rooms_links.cpp

Response make_link(const RoomApi& api, const Request& request);
Response drop_link(const RoomApi& api, const Request& request);

}  // namespace netherlink::gateway::rooms
