#include "gateway/api/groups.hpp"

#include "gateway/api/group_calls.hpp"
#include "gateway/json_input.hpp"

namespace netherlink::gateway {
namespace groups {
namespace {

/// A word of a list of words.
template <class Parse>
auto read_word(JsonInput& input, std::string_view name, const Parse& parse, const char* words) {
  using Value = decltype(parse(std::string_view()));
  const auto text = input.optional_string(name);
  if (!text) return Value();
  const Value value = parse(*text);
  if (!value) input.fail(name, std::string("must be ").append(words));
  return value;
}

im::GroupSettings read_settings(JsonInput& input) {
  im::GroupSettings settings;
  settings.name = input.optional_string("name");
  settings.announcement = input.optional_string("announcement");
  settings.avatar_url = input.optional_string("avatar_url");
  settings.history = read_word(input, "history", im::parse_group_history, "all or joined");
  settings.join = read_word(input, "join", im::parse_group_join, "link, request or invite");
  return settings;
}

}  // namespace

Response group_answer(int status, const core::result<im::OwnGroup>& group) {
  if (!group) return Response::problem(group.error());
  return json_answer(status, [&](core::JsonWriter& out) { write_group(out, group->group, group->my_role); });
}

core::result<People> people(const GroupApi& api, const std::vector<user::UserId>& ids) {
  const auto found = api.users.find(ids);
  if (!found) return found.error();
  People by_id;
  for (const auto& user : *found) by_id.emplace(user.id, user);
  return by_id;
}

Response create(const GroupApi& api, const Request& request) {
  const auto object = parse_json_object(request.body, api.config.http.json_depth);
  if (!object) return Response::problem(object.error());
  JsonInput input(*object, JsonInput::Unknown::refuse);
  const auto settings = read_settings(input);
  if (!input.has("name")) input.fail("name", "is required");
  const auto members = input.ids("members", api.config.groups.max_added);
  if (const auto read = input.finish(); !read) return Response::problem(read.error());
  return group_answer(201, api.groups.create(caller(request), settings, members));
}

Response list(const GroupApi& api, const Request& request) {
  QueryInput query(request, {"limit", "cursor"});
  const auto limit = query.page_limit();
  const auto cursor = query.id_cursor();
  if (const auto read = query.finish(); !read) return Response::problem(read.error());
  const auto found = api.groups.groups(caller(request), cursor, limit);
  if (!found) return Response::problem(found.error());
  const auto write = [](core::JsonWriter& out, const im::OwnGroup& own) { write_group(out, own.group, own.my_role); };
  return Response::json(200, list_body(found->items, found->next ? std::to_string(*found->next) : "", write));
}

Response find(const GroupApi& api, const Request& request) {
  const auto id = path_id(request, "id");
  if (!id) return Response::problem(errors::resource_not_found);
  return group_answer(200, api.groups.find(caller(request), *id));
}

Response edit(const GroupApi& api, const Request& request) {
  const auto id = path_id(request, "id");
  if (!id) return Response::problem(errors::resource_not_found);
  const auto object = parse_json_object(request.body, api.config.http.json_depth);
  if (!object) return Response::problem(object.error());
  JsonInput input(*object, JsonInput::Unknown::refuse);
  const auto settings = read_settings(input);
  if (const auto read = input.finish(); !read) return Response::problem(read.error());
  return group_answer(200, api.groups.edit(caller(request), *id, settings));
}

Response dissolve(const GroupApi& api, const Request& request) {
  const auto id = path_id(request, "id");
  if (!id) return Response::problem(errors::resource_not_found);
  return done(api.groups.dissolve(caller(request), *id));
}

}  // namespace groups

std::vector<Route> group_routes(const GroupApi& api) {
  using Call = Response (*)(const GroupApi&, const Request&);
  const auto route = [&api](std::string_view method, std::string_view pattern, Call call) {
    return Route{.method = method, .pattern = pattern, .handler = [api, call](const Request& request) {
                   return call(api, request);
                 }};
  };
  return {
      route("POST", "/api/v1/groups", groups::create),
      route("GET", "/api/v1/groups", groups::list),
      route("POST", "/api/v1/groups/join", groups::join),
      route("GET", "/api/v1/groups/{id}", groups::find),
      route("PATCH", "/api/v1/groups/{id}", groups::edit),
      route("DELETE", "/api/v1/groups/{id}", groups::dissolve),
      route("GET", "/api/v1/groups/{id}/members", groups::list_members),
      route("POST", "/api/v1/groups/{id}/members", groups::add_members),
      route("PATCH", "/api/v1/groups/{id}/members/{user_id}", groups::change_member),
      route("DELETE", "/api/v1/groups/{id}/members/{user_id}", groups::remove_member),
      route("POST", "/api/v1/groups/{id}/leave", groups::leave),
      route("POST", "/api/v1/groups/{id}/transfer", groups::transfer),
      route("GET", "/api/v1/groups/{id}/bans", groups::list_bans),
      route("PUT", "/api/v1/groups/{id}/bans/{user_id}", groups::ban),
      route("DELETE", "/api/v1/groups/{id}/bans/{user_id}", groups::unban),
      route("POST", "/api/v1/groups/{id}/link", groups::make_link),
      route("DELETE", "/api/v1/groups/{id}/link", groups::end_links),
      route("GET", "/api/v1/groups/{id}/requests", groups::list_requests),
      route("POST", "/api/v1/groups/{id}/requests/{user_id}/accept", groups::accept_request),
      route("POST", "/api/v1/groups/{id}/requests/{user_id}/reject", groups::reject_request),
  };
}

}  // namespace netherlink::gateway
