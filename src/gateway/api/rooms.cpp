#include "gateway/api/rooms.hpp"

#include "gateway/api/chat_calls.hpp"
#include "gateway/api/room_calls.hpp"
#include "gateway/room_input.hpp"
#include "gateway/room_json.hpp"

namespace netherlink::gateway {
namespace rooms {

core::UserId caller(const Request& request) {
  return request.principal->user_id;
}

core::result<room::RoomId> room_of(const Request& request) {
  const auto id = core::parse_id(request.path_params.find("id")->second);
  if (!id) return errors::resource_not_found;
  return *id;
}

Response room_answer(const RoomApi& api, const core::result<room::Room>& room, int status) {
  if (!room) return Response::problem(room.error());
  std::string body;
  core::JsonWriter out(body);
  if (auto written = write_room(out, *room, api.users); !written) return Response::problem(written.error());
  return Response::json(status, std::move(body));
}

core::result<boost::json::object> body_of(const RoomApi& api, const Request& request) {
  if (request.body.empty()) return boost::json::object();
  return parse_json_object(request.body, api.config.http.json_depth);
}

namespace {

Response list(const RoomApi& api, const Request& request) {
  QueryInput query(request, {"game", "status", "has_password", "has_space", "q", "sort", "limit", "cursor"});
  room::RoomService::ListQuery wanted;
  wanted.filter = read_room_filter(query);
  const auto sort = room::parse_sort(query.text("sort").value_or("newest"));
  if (!sort) query.fail("sort", "must be newest, players, hot or name");
  wanted.limit = query.page_limit();
  wanted.cursor = query.cursor();
  if (const auto read = query.finish(); !read) return Response::problem(read.error());
  wanted.sort = *sort;
  const auto page = api.rooms.list(caller(request), wanted);
  if (!page) return Response::problem(page.error());
  const auto write = [](core::JsonWriter& out, const room::Listing& listing) { write_room(out, listing); };
  return Response::json(200, list_body(page->items, page->next_cursor, write));
}

Response get(const RoomApi& api, const Request& request) {
  const auto id = room_of(request);
  return room_answer(api, id ? api.rooms.find(caller(request), *id) : id.error());
}

Response close(const RoomApi& api, const Request& request) {
  const auto id = room_of(request);
  const auto closed = id ? api.rooms.close(caller(request), *id) : core::result<void>(id.error());
  return closed ? Response::no_content() : Response::problem(closed.error());
}

/// Calls without anything in their body.
using Move = core::result<room::Room> (room::RoomService::*)(core::UserId, room::RoomId);

template <Move move>
Response simple(const RoomApi& api, const Request& request) {
  const auto id = room_of(request);
  if (!id) return Response::problem(id.error());
  if (const auto read = read_body(api, request, [](JsonInput&) {}); !read) return Response::problem(read.error());
  return room_answer(api, (api.rooms.*move)(caller(request), *id));
}

Response ready(const RoomApi& api, const Request& request) {
  const auto id = room_of(request);
  if (!id) return Response::problem(id.error());
  bool is_ready = false;
  const auto read = read_body(api, request, [&](JsonInput& input) { is_ready = input.boolean("ready"); });
  if (!read) return Response::problem(read.error());
  return room_answer(api, api.rooms.set_ready(caller(request), *id, is_ready));
}

/// Calls about another person.
using MoveOther = core::result<room::Room> (room::RoomService::*)(core::UserId, room::RoomId, core::UserId);

template <MoveOther move>
Response about(const RoomApi& api, const Request& request) {
  const auto id = room_of(request);
  if (!id) return Response::problem(id.error());
  core::UserId whom = 0;
  const auto read = read_body(api, request, [&](JsonInput& input) { whom = input.id("user_id"); });
  if (!read) return Response::problem(read.error());
  return room_answer(api, (api.rooms.*move)(caller(request), *id, whom));
}

}  // namespace
}  // namespace rooms

std::vector<Route> room_routes(RoomApi api) {
  using Service = room::RoomService;
  using Call = Response (*)(const RoomApi&, const Request&);
  using AsyncCall = void (*)(const RoomApi&, const std::shared_ptr<const Request>&, const Responder&);
  const auto route = [&api](std::string_view method, std::string_view pattern, Call call) {
    return Route{.method = method, .pattern = pattern, .handler = [api, call](const Request& request) {
                   return call(api, request);
                 }};
  };
  const auto entering = [&api](std::string_view method, std::string_view pattern, AsyncCall call) {
    return Route{.method = method,
                 .pattern = pattern,
                 .handler = {},
                 .async_handler = [api, call](const std::shared_ptr<const Request>& request, const Responder& respond) {
                   call(api, request, respond);
                 }};
  };
  return {
      route("GET", "/api/v1/rooms", rooms::list),
      entering("POST", "/api/v1/rooms", rooms::create),
      route("GET", "/api/v1/rooms/{id}", rooms::get),
      entering("PATCH", "/api/v1/rooms/{id}", rooms::update),
      route("DELETE", "/api/v1/rooms/{id}", rooms::close),
      entering("POST", "/api/v1/rooms/{id}/join", rooms::join),
      route("POST", "/api/v1/rooms/{id}/leave", rooms::simple<&Service::leave>),
      route("POST", "/api/v1/rooms/{id}/ready", rooms::ready),
      route("POST", "/api/v1/rooms/{id}/start", rooms::simple<&Service::start_game>),
      route("POST", "/api/v1/rooms/{id}/finish", rooms::simple<&Service::finish_game>),
      route("POST", "/api/v1/rooms/{id}/reopen", rooms::simple<&Service::reopen>),
      route("POST", "/api/v1/rooms/{id}/kick", rooms::about<&Service::kick>),
      route("POST", "/api/v1/rooms/{id}/transfer", rooms::about<&Service::transfer>),
      route("POST", "/api/v1/rooms/{id}/invite", rooms::about<&Service::invite>),
      route("POST", "/api/v1/rooms/{id}/link", rooms::make_link),
      route("DELETE", "/api/v1/rooms/{id}/link", rooms::drop_link),
      entering("POST", "/api/v1/rooms/join", rooms::join_by_code),
      route("POST", "/api/v1/rooms/quick-join", rooms::quick_join),
  };
}

}  // namespace netherlink::gateway
