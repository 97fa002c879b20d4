// POST /rooms, PATCH /rooms/{id}, POST …/join, /rooms/join, /rooms/quick-join.
#include <exception>

#include "gateway/api/room_calls.hpp"
#include "netherlink/log/log.hpp"

namespace netherlink::gateway::rooms {
namespace {

/// A job that throws is a bug, told to the log and not to the client.
template <class Job>
Response guarded(const Job& job) {
  try {
    return job();
  } catch (const std::exception& bug) {
    log::error("request failed", {{"error", bug.what()}});
  }
  return Response::problem(errors::server_internal);
}

/// Answers on this thread (store pool), or, if a password has to be hashed, on the password pool.
template <class Job>
void answer(const RoomApi& api, bool hashes, const Responder& respond, Job job) {
  if (!hashes) return respond(job());
  const bool posted = api.password_pool.try_post([respond, job = std::move(job)] { respond(guarded(job)); });
  if (!posted) respond(Response::problem(core::Error(errors::server_overloaded, std::chrono::seconds(1))));
}

std::optional<room::Visibility> read_visibility(JsonInput& input) {
  const auto text = input.optional_string("visibility");
  if (!text) return std::nullopt;
  const auto visibility = room::parse_visibility(*text);
  if (!visibility) input.fail("visibility", "must be public, friends or private");
  return visibility;
}

std::optional<std::size_t> read_players(const RoomApi& api, JsonInput& input) {
  const auto most = static_cast<std::int64_t>(api.config.rooms.max_players);
  const auto players = input.optional_integer("max_players", 1, most);
  if (!players) return std::nullopt;
  return static_cast<std::size_t>(*players);
}

bool read_leave_other(JsonInput& input) {
  return input.optional_boolean("leave_other").value_or(false);
}

std::optional<std::string> read_password(const RoomApi& api, JsonInput& input) {
  return input.optional_string("password", {0, api.config.rooms.password_bytes});
}

}  // namespace

void create(const RoomApi& api, const std::shared_ptr<const Request>& request, const Responder& respond) {
  room::NewRoom wanted;
  bool leave_other = false;
  const auto read = read_body(api, *request, [&](JsonInput& input) {
    wanted.name = input.string("name", {1, api.config.rooms.name_bytes});
    wanted.game = input.string("game", {1, api.config.rooms.game_bytes});
    wanted.max_players = read_players(api, input);
    wanted.password = input.optional_string("password", {1, api.config.rooms.password_bytes});
    wanted.visibility = read_visibility(input).value_or(room::Visibility::everyone);
    leave_other = read_leave_other(input);
  });
  if (!read) return respond(Response::problem(read.error()));
  answer(api, wanted.password.has_value(), respond, [api, wanted, leave_other, user = caller(*request)] {
    return room_answer(api, api.rooms.create(user, wanted, leave_other), 201);
  });
}

void update(const RoomApi& api, const std::shared_ptr<const Request>& request, const Responder& respond) {
  const auto id = room_of(*request);
  if (!id) return respond(Response::problem(id.error()));
  room::RoomChange change;
  const auto read = read_body(api, *request, [&](JsonInput& input) {
    change.name = input.optional_string("name", {1, api.config.rooms.name_bytes});
    change.game = input.optional_string("game", {1, api.config.rooms.game_bytes});
    change.max_players = read_players(api, input);
    const bool lifted = input.is_null("password");
    auto password = input.optional_string("password", {1, api.config.rooms.password_bytes});
    if (lifted || password) change.password.emplace(std::move(password));
    change.visibility = read_visibility(input);
  });
  if (!read) return respond(Response::problem(read.error()));
  const bool hashes = change.password && *change.password;
  answer(api, hashes, respond, [api, change, id = *id, user = caller(*request)] {
    return room_answer(api, api.rooms.update(user, id, change));
  });
}

void join(const RoomApi& api, const std::shared_ptr<const Request>& request, const Responder& respond) {
  const auto id = room_of(*request);
  if (!id) return respond(Response::problem(id.error()));
  room::JoinRequest wanted;
  const auto read = read_body(api, *request, [&](JsonInput& input) {
    wanted.password = read_password(api, input);
    wanted.leave_other = read_leave_other(input);
  });
  if (!read) return respond(Response::problem(read.error()));
  answer(api, wanted.password.has_value(), respond, [api, wanted, id = *id, user = caller(*request)] {
    return room_answer(api, api.rooms.join(user, id, wanted));
  });
}

void join_by_code(const RoomApi& api, const std::shared_ptr<const Request>& request, const Responder& respond) {
  constexpr std::size_t code_bytes = 64;
  std::string code;
  room::JoinRequest wanted;
  const auto read = read_body(api, *request, [&](JsonInput& input) {
    code = input.string("code", {1, code_bytes});
    wanted.password = read_password(api, input);
    wanted.leave_other = read_leave_other(input);
  });
  if (!read) return respond(Response::problem(read.error()));
  answer(api, wanted.password.has_value(), respond, [api, wanted, code, user = caller(*request)] {
    return room_answer(api, api.rooms.join_by_code(user, code, wanted));
  });
}

Response quick_join(const RoomApi& api, const Request& request) {
  std::string game;
  bool leave_other = false;
  const auto read = read_body(api, request, [&](JsonInput& input) {
    game = input.string("game", {1, api.config.rooms.game_bytes});
    leave_other = read_leave_other(input);
  });
  if (!read) return Response::problem(read.error());
  const auto joined = api.rooms.quick_join(caller(request), game, leave_other);
  if (!joined) return Response::problem(joined.error());
  return room_answer(api, joined->room, joined->created ? 201 : 200);
}

}  // namespace netherlink::gateway::rooms
