// GET, PATCH, DELETE /users/me; PUT /users/me/password; GET /users, /users/{id}; GET /users/me/sessions, DELETE …/{id}.
#include <algorithm>

#include "gateway/api/account_calls.hpp"
#include "gateway/api/query_input.hpp"
#include "gateway/encode.hpp"
#include "gateway/json_input.hpp"
#include "netherlink/core/utf8.hpp"
#include "netherlink/crypto/encoding.hpp"

namespace netherlink::gateway::accounts {
namespace {

constexpr std::size_t password_bytes = 1024, query_bytes = 256;

Response user_answer(const user::User& user, bool own) {
  std::string body;
  core::JsonWriter out(body);
  write_user(out, user, own);
  return Response::json(200, std::move(body));
}

/// A valid token of somebody who is no more.
Response own_problem(const core::Error& error) {
  return Response::problem(error.is(errors::user_not_found) ? errors::auth_session_revoked : error);
}

void write_session(core::JsonWriter& out, const user::Session& session, bool current) {
  out.begin_object().key("id").id(session.id);
  out.key("device").begin_object();
  out.field("id", session.device.id).field("name", session.device.name).field("platform", session.device.platform);
  out.end_object();
  out.key("created_at").timestamp(session.created_at);
  out.key("last_seen_at").timestamp(session.last_seen_at);
  out.field("current", current).end_object();
}

}  // namespace

Response own_profile(const AccountHandlers& api, const Request& request) {
  const auto user = api.accounts.profile(request.principal->user_id);
  if (!user) return own_problem(user.error());
  return user->deleted ? Response::problem(errors::auth_session_revoked) : user_answer(*user, true);
}

Response update_profile(const AccountHandlers& api, const Request& request) {
  const auto object = parse_json_object(request.body, api.config.http.json_depth);
  if (!object) return Response::problem(object.error());
  JsonInput input(*object, JsonInput::Unknown::refuse);
  user::ProfileChange change;
  change.nickname = input.optional_string("nickname");
  change.avatar_url = input.optional_string("avatar_url");
  change.bio = input.optional_string("bio");
  if (auto read = input.finish(); !read) return Response::problem(read.error());
  const auto user = api.accounts.update_profile(request.principal->user_id, change);
  if (!user) return own_problem(user.error());
  api.users.forget(user->id);
  return user_answer(*user, true);
}

Response change_password(const AccountHandlers& api, const Request& request) {
  const auto object = parse_json_object(request.body, api.config.http.json_depth);
  if (!object) return Response::problem(object.error());
  JsonInput input(*object, JsonInput::Unknown::refuse);
  const std::string old_password = input.string("old_password", {.min = 0, .max = password_bytes});
  const std::string new_password = input.string("new_password");
  if (auto read = input.finish(); !read) return Response::problem(read.error());
  const user::Principal& who = *request.principal;
  if (auto taken = take_account_bucket(api, std::to_string(who.user_id)); !taken)
    return Response::problem(taken.error());
  const auto changed = api.accounts.change_password(who, old_password, new_password);
  return changed ? Response::no_content() : Response::problem(changed.error());
}

Response delete_account(const AccountHandlers& api, const Request& request) {
  const auto object = parse_json_object(request.body, api.config.http.json_depth);
  if (!object) return Response::problem(object.error());
  JsonInput input(*object, JsonInput::Unknown::refuse);
  const std::string password = input.string("password", {.min = 0, .max = password_bytes});
  if (auto read = input.finish(); !read) return Response::problem(read.error());
  const user::Principal& who = *request.principal;
  if (auto taken = take_account_bucket(api, std::to_string(who.user_id)); !taken)
    return Response::problem(taken.error());
  const auto deleted = api.accounts.delete_account(who, password);
  return deleted ? Response::no_content() : Response::problem(deleted.error());
}

Response search(const AccountHandlers& api, const Request& request) {
  QueryInput query(request, {"query", "limit", "cursor"});
  const auto prefix = query.required_text("query");
  if (query.text("query") && (prefix.empty() || prefix.size() > query_bytes)) {
    query.fail("query", "must have 1 to " + std::to_string(query_bytes) + " bytes");
  }
  const auto limit = query.page_limit();
  const auto cursor = query.text("cursor");
  const auto after = crypto::base64url_decode(cursor.value_or(std::string_view()));
  if (cursor && (!after || after->empty() || !core::is_valid_utf8(*after))) query.fail_cursor();
  if (auto read = query.finish(); !read) return Response::problem(read.error());
  const auto page = api.accounts.search(prefix, *after, limit);
  if (!page) return Response::problem(page.error());
  const auto write = [](core::JsonWriter& out, const user::User& user) { write_user(out, user, false); };
  return Response::json(200, list_body(page->items, page->next ? crypto::base64url_encode(*page->next) : "", write));
}

Response profile(const AccountHandlers& api, const Request& request) {
  const auto id = core::parse_id(request.path_params.at("id"));
  if (!id) return Response::problem(errors::user_not_found);
  const auto user = api.users.find(*id);
  if (!user) return Response::problem(user.error());
  return *user ? user_answer(**user, false) : Response::problem(errors::user_not_found);
}

Response list_sessions(const AccountHandlers& api, const Request& request) {
  QueryInput query(request, {"limit", "cursor"});
  const auto limit = query.page_limit();
  const auto after = query.id_cursor();
  if (auto read = query.finish(); !read) return Response::problem(read.error());

  auto sessions = api.accounts.sessions(*request.principal);
  if (!sessions) return Response::problem(sessions.error());
  std::ranges::sort(*sessions, std::ranges::greater(), &user::Session::id);
  if (after) std::erase_if(*sessions, [&](const user::Session& s) { return s.id >= *after; });
  std::string next_cursor;
  if (sessions->size() > limit) {
    sessions->resize(limit);
    next_cursor = std::to_string(sessions->back().id);
  }
  const auto write = [&](core::JsonWriter& out, const user::Session& session) {
    write_session(out, session, session.id == request.principal->session_id);
  };
  return Response::json(200, list_body(*sessions, next_cursor, write));
}

Response revoke_session(const AccountHandlers& api, const Request& request) {
  const auto id = core::parse_id(request.path_params.at("id"));
  if (!id) return Response::problem(errors::resource_not_found);
  const auto revoked = api.accounts.revoke_session(*request.principal, *id);
  return revoked ? Response::no_content() : Response::problem(revoked.error());
}

}  // namespace netherlink::gateway::accounts
