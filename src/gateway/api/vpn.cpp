// GET /rooms/{id}/peers, POST /vpn/pre-auth-key, GET /vpn/status.
#include "gateway/api/vpn.hpp"

#include "gateway/api/chat_calls.hpp"
#include "gateway/json_input.hpp"
#include "gateway/vpn_json.hpp"
#include "netherlink/core/utf8.hpp"

namespace netherlink::gateway {
namespace {

core::UserId caller(const Request& request) {
  return request.principal->user_id;
}

Response peers(const VpnApi& api, const Request& request) {
  const auto id = core::parse_id(request.path_params.find("id")->second);
  if (!id) return Response::problem(errors::resource_not_found);
  // What the caller may not know of comes first.
  if (const auto room = api.rooms.find(caller(request), *id); !room) return Response::problem(room.error());
  const auto found = api.vpn.peers(caller(request), *id);
  if (!found) return Response::problem(found.error());
  return json_answer(200, [&](core::JsonWriter& out) {
    out.begin_object().key("items");
    write_vpn_peers(out, *found);
    out.end_object();
  });
}

Response status(const VpnApi& api, const Request& request) {
  const auto standing = api.vpn.status(caller(request));
  if (!standing) return Response::problem(standing.error());
  return json_answer(200, [&](core::JsonWriter& out) { write_vpn_access(out, standing->access, &standing->lag); });
}

struct Wanted {
  std::optional<room::RoomId> room;
  std::optional<std::string> device;
};

core::result<Wanted> read_wanted(const VpnApi& api, const Request& request) {
  Wanted wanted;
  if (request.body.empty()) return wanted;
  const auto object = parse_json_object(request.body, api.config.http.json_depth);
  if (!object) return object.error();
  JsonInput input(*object, JsonInput::Unknown::refuse);
  wanted.room = input.optional_id("room_id");
  wanted.device = input.optional_string("device", {1, vpn_device_bytes});
  if (wanted.device && wanted.device->find('\0') != std::string::npos) input.fail("device", "must not contain U+0000");
  if (auto read = input.finish(); !read) return read.error();
  return wanted;
}

void make_key(const VpnApi& api, const std::shared_ptr<const Request>& request, const Responder& respond) {
  auto wanted = read_wanted(api, *request);
  if (!wanted) return respond(Response::problem(wanted.error()));
  if (!api.vpn.enabled()) return respond(Response::problem(errors::vpn_disabled));
  if (wanted->room) {
    const auto room = api.rooms.find(caller(*request), *wanted->room);
    if (!room) return respond(Response::problem(room.error()));
  }
  const vpn::VpnService::Device device{caller(*request), request->principal->session_id, std::move(wanted->device)};
  api.vpn.make_key(device, wanted->room, [respond](const core::result<vpn::Access>& access) {
    if (!access) return respond(Response::problem(access.error()));
    respond(json_answer(200, [&](core::JsonWriter& out) { write_vpn_access(out, *access); }));
  });
}

}  // namespace

std::vector<Route> vpn_routes(const VpnApi& api) {
  using Call = Response (*)(const VpnApi&, const Request&);
  const auto route = [&api](std::string_view method, std::string_view pattern, Call call) {
    return Route{.method = method, .pattern = pattern, .handler = [api, call](const Request& request) {
                   return call(api, request);
                 }};
  };
  return {
      route("GET", "/api/v1/rooms/{id}/peers", &peers),
      route("GET", "/api/v1/vpn/status", &status),
      {.method = "POST",
       .pattern = "/api/v1/vpn/pre-auth-key",
       .handler = {},
       .async_handler = [api](const std::shared_ptr<const Request>& request,
                              const Responder& respond) { make_key(api, request, respond); }},
  };
}

}  // namespace netherlink::gateway
