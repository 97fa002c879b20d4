#include "gateway/api/friends.hpp"

#include <unordered_map>

#include "gateway/api/query_input.hpp"
#include "gateway/encode.hpp"
#include "gateway/json_input.hpp"

namespace netherlink::gateway {
namespace {

user::UserId caller(const Request& request) {
  return request.principal->user_id;
}

/// nullopt: nobody and nothing has such an id.
std::optional<std::int64_t> path_id(const Request& request, std::string_view name) {
  return core::parse_id(request.path_params.find(name)->second);
}

std::string to_cursor(const std::optional<std::int64_t>& next) {
  return next ? std::to_string(*next) : std::string();
}

using People = std::unordered_map<user::UserId, user::User>;

core::result<People> people(const FriendApi& api, const std::vector<user::UserId>& ids) {
  const auto found = api.users.find(ids);
  if (!found) return found.error();
  People by_id;
  for (const auto& user : *found) by_id.emplace(user.id, user);
  return by_id;
}

Response request_answer(const FriendApi& api, int status, const core::result<friends::Request>& request) {
  if (!request) return Response::problem(request.error());
  const auto both = people(api, {request->from, request->to});
  if (!both) return Response::problem(both.error());
  std::string body;
  core::JsonWriter out(body);
  write_friend_request(out, *request, both->at(request->from), both->at(request->to));
  return Response::json(status, std::move(body));
}

Response ask(const FriendApi& api, const Request& request) {
  const auto object = parse_json_object(request.body, api.config.http.json_depth);
  if (!object) return Response::problem(object.error());
  JsonInput input(*object, JsonInput::Unknown::refuse);
  const auto user = input.id("user_id");
  auto message = input.optional_string("message");
  if (const auto read = input.finish(); !read) return Response::problem(read.error());
  return request_answer(api, 201, api.friends.request(caller(request), user, std::move(message).value_or("")));
}

Response accept(const FriendApi& api, const Request& request) {
  const auto id = path_id(request, "id");
  if (!id) return Response::problem(errors::resource_not_found);
  return request_answer(api, 200, api.friends.accept(caller(request), *id));
}

Response reject(const FriendApi& api, const Request& request) {
  const auto id = path_id(request, "id");
  if (!id) return Response::problem(errors::resource_not_found);
  return request_answer(api, 200, api.friends.reject(caller(request), *id));
}

Response list_requests(const FriendApi& api, const Request& request) {
  QueryInput query(request, {"direction", "limit", "cursor"});
  const auto direction = query.text("direction").value_or("in");
  if (direction != "in" && direction != "out") query.fail("direction", "must be in or out");
  const auto limit = query.page_limit();
  const auto cursor = query.id_cursor();
  if (const auto read = query.finish(); !read) return Response::problem(read.error());
  const auto found = api.friends.requests(caller(request), direction == "in", cursor, limit);
  if (!found) return Response::problem(found.error());
  std::vector<user::UserId> ids{caller(request)};
  for (const auto& one : found->items) ids.push_back(direction == "in" ? one.from : one.to);
  const auto who = people(api, ids);
  if (!who) return Response::problem(who.error());
  const auto write = [&](core::JsonWriter& out, const friends::Request& one) {
    write_friend_request(out, one, who->at(one.from), who->at(one.to));
  };
  return Response::json(200, list_body(found->items, to_cursor(found->next), write));
}

Response list_friends(const FriendApi& api, const Request& request) {
  QueryInput query(request, {"limit", "cursor"});
  const auto limit = query.page_limit();
  const auto cursor = query.id_cursor();
  if (const auto read = query.finish(); !read) return Response::problem(read.error());
  const auto found = api.friends.friends(caller(request), cursor, limit);
  if (!found) return Response::problem(found.error());
  std::vector<user::UserId> ids;
  for (const auto& friendship : found->items) ids.push_back(friendship.user);
  const auto who = people(api, ids);
  if (!who) return Response::problem(who.error());
  const auto seen = api.presence.view(caller(request), ids);
  if (!seen) return Response::problem(seen.error());
  std::size_t i = 0;
  const auto write = [&](core::JsonWriter& out, const friends::Friendship& friendship) {
    out.begin_object().key("user");
    write_user(out, who->at(friendship.user), false);
    out.key("presence");
    write_presence(out, (*seen)[i++]);
    out.key("since").timestamp(friendship.since).end_object();
  };
  return Response::json(200, list_body(found->items, to_cursor(found->next), write));
}

Response remove_friend(const FriendApi& api, const Request& request) {
  const auto id = path_id(request, "user_id");
  if (!id) return Response::problem(errors::resource_not_found);
  const auto removed = api.friends.remove(caller(request), *id);
  return removed ? Response::no_content() : Response::problem(removed.error());
}

Response list_blocks(const FriendApi& api, const Request& request) {
  QueryInput query(request, {"limit", "cursor"});
  const auto limit = query.page_limit();
  const auto cursor = query.id_cursor();
  if (const auto read = query.finish(); !read) return Response::problem(read.error());
  const auto found = api.friends.blocked(caller(request), cursor, limit);
  if (!found) return Response::problem(found.error());
  const auto who = api.users.find(found->items);
  if (!who) return Response::problem(who.error());
  const auto write = [](core::JsonWriter& out, const user::User& user) { write_user(out, user, false); };
  return Response::json(200, list_body(*who, to_cursor(found->next), write));
}

Response block(const FriendApi& api, const Request& request) {
  const auto id = path_id(request, "user_id");
  if (!id) return Response::problem(errors::user_not_found);
  const auto blocked = api.friends.block(caller(request), *id);
  return blocked ? Response::no_content() : Response::problem(blocked.error());
}

Response unblock(const FriendApi& api, const Request& request) {
  const auto id = path_id(request, "user_id");
  if (!id) return Response::no_content();  // whoever does not exist is not blocked
  const auto unblocked = api.friends.unblock(caller(request), *id);
  return unblocked ? Response::no_content() : Response::problem(unblocked.error());
}

}  // namespace

std::vector<Route> friend_routes(FriendApi api) {
  using Call = Response (*)(const FriendApi&, const Request&);
  const auto route = [&api](std::string_view method, std::string_view pattern, Call call) {
    return Route{.method = method, .pattern = pattern, .handler = [api, call](const Request& request) {
                   return call(api, request);
                 }};
  };
  return {
      route("GET", "/api/v1/friends", list_friends),
      route("DELETE", "/api/v1/friends/{user_id}", remove_friend),
      route("POST", "/api/v1/friends/requests", ask),
      route("GET", "/api/v1/friends/requests", list_requests),
      route("POST", "/api/v1/friends/requests/{id}/accept", accept),
      route("POST", "/api/v1/friends/requests/{id}/reject", reject),
      route("GET", "/api/v1/blocks", list_blocks),
      route("PUT", "/api/v1/blocks/{user_id}", block),
      route("DELETE", "/api/v1/blocks/{user_id}", unblock),
  };
}

}  // namespace netherlink::gateway
