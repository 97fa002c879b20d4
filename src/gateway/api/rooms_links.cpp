// Links to rooms.
#include "gateway/api/chat_calls.hpp"
#include "gateway/api/room_calls.hpp"

namespace netherlink::gateway::rooms {
namespace {

constexpr std::int64_t most_uses = 1'000'000;

/// Where a browser opens the code: the address that the caller came to.
std::string link_url(const Request& request, std::string_view code) {
  std::string url(request.secure ? "https://" : "http://");
  url.append(request.header("host")).append("/invite/").append(code);
  return url;
}

}  // namespace

Response make_link(const RoomApi& api, const Request& request) {
  const auto id = room_of(request);
  if (!id) return Response::problem(id.error());
  std::optional<std::int64_t> expires_in, max_uses;
  const auto longest = api.config.rooms.link_ttl.count();
  const auto read = read_body(api, request, [&](JsonInput& input) {
    expires_in = input.optional_integer("expires_in", 1, longest);
    max_uses = input.optional_integer("max_uses", 1, most_uses);
  });
  if (!read) return Response::problem(read.error());
  std::optional<std::chrono::seconds> lifetime;
  if (expires_in) lifetime.emplace(*expires_in);
  std::optional<std::size_t> uses;
  if (max_uses) uses = static_cast<std::size_t>(*max_uses);
  const auto link = api.rooms.make_link(caller(request), *id, lifetime, uses);
  if (!link) return Response::problem(link.error());
  return json_answer(201, [&](core::JsonWriter& out) {
    out.begin_object().field("code", link->code).field("url", link_url(request, link->code));
    out.key("expires_at");
    if (link->expires_at == 0) {
      out.null();
    } else {
      out.timestamp(link->expires_at);
    }
    out.key("max_uses");
    if (link->max_uses == 0) {
      out.null();
    } else {
      out.value(link->max_uses);
    }
    out.end_object();
  });
}

Response drop_link(const RoomApi& api, const Request& request) {
  const auto id = room_of(request);
  const auto dropped = id ? api.rooms.drop_link(caller(request), *id) : core::result<void>(id.error());
  return dropped ? Response::no_content() : Response::problem(dropped.error());
}

}  // namespace netherlink::gateway::rooms
