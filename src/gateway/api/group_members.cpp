#include "gateway/api/group_calls.hpp"
#include "gateway/json_input.hpp"

namespace netherlink::gateway::groups {
namespace {

Response member_answer(const GroupApi& api, const core::result<im::GroupMember>& member) {
  if (!member) return Response::problem(member.error());
  const auto who = people(api, {member->user_id});
  if (!who) return Response::problem(who.error());
  return json_answer(200, [&](core::JsonWriter& out) { write_group_member(out, *member, who->at(member->user_id)); });
}

}  // namespace

Response list_members(const GroupApi& api, const Request& request) {
  const auto id = path_id(request, "id");
  if (!id) return Response::problem(errors::resource_not_found);
  return people_page(
      api, request,
      [&](const auto& cursor, std::size_t limit) { return api.groups.members(caller(request), *id, cursor, limit); },
      write_group_member);
}

Response add_members(const GroupApi& api, const Request& request) {
  const auto id = path_id(request, "id");
  if (!id) return Response::problem(errors::resource_not_found);
  const auto object = parse_json_object(request.body, api.config.http.json_depth);
  if (!object) return Response::problem(object.error());
  JsonInput input(*object, JsonInput::Unknown::refuse);
  const auto wanted = input.ids("user_ids", api.config.groups.max_added);
  const auto* const given = object->if_contains("user_ids");
  if (given == nullptr || given->is_null()) {
    input.fail("user_ids", "is required");
  } else if (const auto* const array = given->if_array(); array && array->empty()) {
    input.fail("user_ids", "must name somebody");
  }
  if (const auto read = input.finish(); !read) return Response::problem(read.error());
  const auto added = api.groups.add(caller(request), *id, wanted);
  if (!added) return Response::problem(added.error());
  std::vector<user::UserId> ids;
  for (const auto& member : *added) ids.push_back(member.user_id);
  const auto who = people(api, ids);
  if (!who) return Response::problem(who.error());
  const auto write = [&](core::JsonWriter& out, const im::GroupMember& member) {
    write_group_member(out, member, who->at(member.user_id));
  };
  return Response::json(added->empty() ? 200 : 201, list_body(*added, {}, write));
}

Response change_member(const GroupApi& api, const Request& request) {
  const auto place = place_of(request);
  if (!place) return Response::problem(errors::resource_not_found);
  const auto object = parse_json_object(request.body, api.config.http.json_depth);
  if (!object) return Response::problem(object.error());
  JsonInput input(*object, JsonInput::Unknown::refuse);
  im::GroupService::MemberChange change;
  if (const auto role = input.optional_string("role")) {
    if (*role == "admin") change.role = im::Role::admin;
    if (*role == "member") change.role = im::Role::member;
    if (!change.role) input.fail("role", "must be admin or member");
  }
  change.muted_until = input.optional_timestamp("muted_until");
  if (input.is_null("muted_until")) change.muted_until = 0;
  if (const auto read = input.finish(); !read) return Response::problem(read.error());
  return member_answer(api, api.groups.change_member(caller(request), place->group, place->user, change));
}

Response remove_member(const GroupApi& api, const Request& request) {
  const auto place = place_of(request);
  if (!place) return Response::problem(errors::resource_not_found);
  return done(api.groups.remove(caller(request), place->group, place->user));
}

Response leave(const GroupApi& api, const Request& request) {
  const auto id = path_id(request, "id");
  if (!id) return Response::problem(errors::resource_not_found);
  return done(api.groups.leave(caller(request), *id));
}

Response transfer(const GroupApi& api, const Request& request) {
  const auto id = path_id(request, "id");
  if (!id) return Response::problem(errors::resource_not_found);
  const auto object = parse_json_object(request.body, api.config.http.json_depth);
  if (!object) return Response::problem(object.error());
  JsonInput input(*object, JsonInput::Unknown::refuse);
  const auto to = input.id("user_id");
  if (const auto read = input.finish(); !read) return Response::problem(read.error());
  return done(api.groups.transfer(caller(request), *id, to));
}

Response accept_request(const GroupApi& api, const Request& request) {
  const auto place = place_of(request);
  if (!place) return Response::problem(errors::resource_not_found);
  return member_answer(api, api.groups.accept(caller(request), place->group, place->user));
}

}  // namespace netherlink::gateway::groups
