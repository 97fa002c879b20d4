#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "gateway/api/groups.hpp"
#include "gateway/api/query_input.hpp"
#include "gateway/encode.hpp"

namespace netherlink::gateway::groups {

inline user::UserId caller(const Request& request) {
  return request.principal->user_id;
}

/// nullopt: nobody and nothing has such an id.
inline std::optional<std::int64_t> path_id(const Request& request, std::string_view name) {
  return core::parse_id(request.path_params.find(name)->second);
}

/// The group and the person of the path; nullopt: there are none.
struct Place {
  im::GroupId group = 0;
  user::UserId user = 0;
};
inline std::optional<Place> place_of(const Request& request) {
  const auto group = path_id(request, "id"), user = path_id(request, "user_id");
  if (!group || !user) return std::nullopt;
  return Place{*group, *user};
}

/// For what has nothing to say.
inline Response done(const core::result<void>& result) {
  return result ? Response::no_content() : Response::problem(result.error());
}

template <class Write>
Response json_answer(int status, const Write& write) {
  std::string body;
  core::JsonWriter out(body);
  write(out);
  return Response::json(status, std::move(body));
}

Response group_answer(int status, const core::result<im::OwnGroup>& group);

using People = std::unordered_map<user::UserId, user::User>;
core::result<People> people(const GroupApi& api, const std::vector<user::UserId>& ids);

// One function for each row of group_routes().

Response create(const GroupApi& api, const Request& request);
Response list(const GroupApi& api, const Request& request);
Response find(const GroupApi& api, const Request& request);
Response edit(const GroupApi& api, const Request& request);
Response dissolve(const GroupApi& api, const Request& request);

Response list_members(const GroupApi& api, const Request& request);
Response add_members(const GroupApi& api, const Request& request);
Response change_member(const GroupApi& api, const Request& request);
Response remove_member(const GroupApi& api, const Request& request);
Response leave(const GroupApi& api, const Request& request);
Response transfer(const GroupApi& api, const Request& request);

Response ban(const GroupApi& api, const Request& request);
Response unban(const GroupApi& api, const Request& request);
Response list_bans(const GroupApi& api, const Request& request);
Response make_link(const GroupApi& api, const Request& request);
Response end_links(const GroupApi& api, const Request& request);
Response join(const GroupApi& api, const Request& request);
Response list_requests(const GroupApi& api, const Request& request);
Response accept_request(const GroupApi& api, const Request& request);
Response reject_request(const GroupApi& api, const Request& request);

/// A page of what is kept of people, by user id. `read` gets the cursor and the limit, `write` one item and its user.
template <class Read, class Write>
Response people_page(const GroupApi& api, const Request& request, const Read& read, const Write& write) {
  QueryInput query(request, {"limit", "cursor"});
  const auto limit = query.page_limit();
  const auto cursor = query.id_cursor();
  if (const auto fine = query.finish(); !fine) return Response::problem(fine.error());
  const auto found = read(cursor, limit);
  if (!found) return Response::problem(found.error());
  std::vector<user::UserId> ids;
  for (const auto& item : found->items) ids.push_back(item.user_id);
  const auto who = people(api, ids);
  if (!who) return Response::problem(who.error());
  const auto next = found->next ? std::to_string(*found->next) : std::string();
  return Response::json(200, list_body(found->items, next, [&](core::JsonWriter& out, const auto& item) {
                          write(out, item, who->at(item.user_id));
                        }));
}

}  // namespace netherlink::gateway::groups
