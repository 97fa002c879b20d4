// Bans, links, and requests to be let in.
#include "gateway/api/group_calls.hpp"
#include "gateway/json_input.hpp"

namespace netherlink::gateway::groups {
namespace {

constexpr std::int64_t longest_link = 365 * 86'400, most_uses = 1'000'000;

/// What a browser opens to join.
std::string join_url(const Request& request, std::string_view code) {
  std::string url;
  if (const auto host = request.header("host"); !host.empty()) {
    url.append(request.secure ? "https://" : "http://").append(host);
  }
  return url.append("/invite/").append(code);
}

}  // namespace

Response ban(const GroupApi& api, const Request& request) {
  const auto id = path_id(request, "id"), user = path_id(request, "user_id");
  if (!id) return Response::problem(errors::resource_not_found);
  if (!user) return Response::problem(errors::user_not_found);
  return done(api.groups.ban(caller(request), *id, *user));
}

Response unban(const GroupApi& api, const Request& request) {
  const auto place = place_of(request);
  if (!place) return Response::problem(errors::resource_not_found);
  return done(api.groups.unban(caller(request), place->group, place->user));
}

Response list_bans(const GroupApi& api, const Request& request) {
  const auto id = path_id(request, "id");
  if (!id) return Response::problem(errors::resource_not_found);
  return people_page(
      api, request,
      [&](const auto& cursor, std::size_t limit) { return api.groups.bans(caller(request), *id, cursor, limit); },
      [](core::JsonWriter& out, const im::GroupBan& one, const user::User& user) {
        out.begin_object().key("user");
        write_user(out, user, false);
        out.key("banned_by").id(one.banned_by).key("created_at").timestamp(one.created_at).end_object();
      });
}

Response make_link(const GroupApi& api, const Request& request) {
  const auto id = path_id(request, "id");
  if (!id) return Response::problem(errors::resource_not_found);
  const auto object = parse_json_object(request.body.empty() ? "{}" : request.body, api.config.http.json_depth);
  if (!object) return Response::problem(object.error());
  JsonInput input(*object, JsonInput::Unknown::refuse);
  const auto expires_in = input.optional_integer("expires_in", 1, longest_link);
  const auto max_uses = input.optional_integer("max_uses", 1, most_uses);
  if (const auto read = input.finish(); !read) return Response::problem(read.error());
  const auto link = api.groups.make_link(caller(request), *id, expires_in, max_uses);
  if (!link) return Response::problem(link.error());
  return json_answer(201, [&](core::JsonWriter& out) { write_group_link(out, *link, join_url(request, link->code)); });
}

Response end_links(const GroupApi& api, const Request& request) {
  const auto id = path_id(request, "id");
  if (!id) return Response::problem(errors::resource_not_found);
  QueryInput query(request, {"code"});
  const auto code = query.text("code").value_or("");
  if (const auto read = query.finish(); !read) return Response::problem(read.error());
  return done(api.groups.end_links(caller(request), *id, code));
}

Response join(const GroupApi& api, const Request& request) {
  const auto object = parse_json_object(request.body, api.config.http.json_depth);
  if (!object) return Response::problem(object.error());
  JsonInput input(*object, JsonInput::Unknown::refuse);
  const auto code = input.string("code");
  if (const auto read = input.finish(); !read) return Response::problem(read.error());
  const auto joined = api.groups.join(caller(request), code);
  if (!joined) return Response::problem(joined.error());
  if (!*joined) return Response::json(202, R"({"status":"pending"})");
  return group_answer(200, **joined);
}

Response list_requests(const GroupApi& api, const Request& request) {
  const auto id = path_id(request, "id");
  if (!id) return Response::problem(errors::resource_not_found);
  return people_page(
      api, request,
      [&](const auto& cursor, std::size_t limit) { return api.groups.requests(caller(request), *id, cursor, limit); },
      [](core::JsonWriter& out, const im::GroupRequest& one, const user::User& user) {
        out.begin_object().key("user");
        write_user(out, user, false);
        out.key("created_at").timestamp(one.created_at).end_object();
      });
}

Response reject_request(const GroupApi& api, const Request& request) {
  const auto place = place_of(request);
  if (!place) return Response::problem(errors::resource_not_found);
  return done(api.groups.reject(caller(request), place->group, place->user));
}

}  // namespace netherlink::gateway::groups
