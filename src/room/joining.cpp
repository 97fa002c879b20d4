// Taking seats: create, join, join by a link's code, quick join.
#include <algorithm>

#include "netherlink/user/names.hpp"
#include "netherlink/user/texts.hpp"
#include "room/impl.hpp"

namespace netherlink::room {
namespace {

constexpr std::size_t most_attempts = 8;  // each other attempt means that somebody else changed the same room or seat
constexpr std::size_t open_rooms_tried = 20;

core::result<void> check_link(const Draft& draft, std::string_view code, Timestamp now) {
  const auto& link = draft.link;
  const bool good = link && link->code == code && (link->expires_at == 0 || link->expires_at > now) &&
                    (link->max_uses == 0 || link->uses < link->max_uses);
  return good ? core::result<void>() : core::result<void>(errors::room_link_invalid);
}

/// May they come in? `again`: the password is another one than was checked.
core::result<void> admit(const Draft& draft, const Arrival& arrival, Timestamp now, bool& again) {
  if (!draft.room) return arrival.code.empty() ? errors::resource_not_found : errors::room_link_invalid;
  const Room& room = *draft.room;
  if (!arrival.code.empty()) {
    if (auto good = check_link(draft, arrival.code, now); !good) return good;
  }
  if (draft.banned) return errors::room_banned;
  if (!room.password_hash.empty() && !draft.invited && room.password_hash != arrival.known_hash) {
    again = !arrival.known_hash.empty();
    return errors::room_wrong_password;
  }
  if (room.status == Status::playing) return errors::room_wrong_state;
  if (!room.has_space()) return errors::room_full;
  return {};
}

bool is_among(const std::vector<RoomId>& rooms, RoomId id) {
  return std::ranges::find(rooms, id) != rooms.end();
}

/// The room filled up, began to play or ended meanwhile, or does not want this person.
bool may_try_another(const core::Error& error) {
  return error.is(errors::room_full) || error.is(errors::room_wrong_state) || error.is(errors::room_banned) ||
         error.is(errors::resource_not_found) || error.is(errors::room_wrong_password);
}

}  // namespace

core::result<std::optional<Room>> RoomService::Impl::try_arrive(const Arrival& arrival) {
  RoomRepository::Ask ask{.person = arrival.user, .arrives = true, .rooms = {}, .open_game = arrival.open_game};
  const auto last_seq = arrival.made ? core::result<core::Seq>(0) : deps.chat.last_seq(arrival.room);
  if (!last_seq) return last_seq.error();
  ask.rooms.push_back({arrival.room, *last_seq});
  const auto held = deps.repository.held_by(std::span(&arrival.user, 1));
  if (!held) return held.error();
  const RoomId other = held->empty() ? 0 : held->front().room_id;
  if (other != 0 && other != arrival.room) ask.rooms.push_back({other, 0});
  const auto name = deps.people.name_of(arrival.user);
  const bool is_online = online(arrival.user);

  std::optional<Room> result;
  bool again = false;
  auto done = change(ask, [&](Transaction& transaction, Outcome& outcome) -> core::result<void> {
    again = false;
    const Timestamp now = core::now_ms();
    auto& draft = transaction.rooms.front();
    if (draft.room && draft.room->seat_of(arrival.user) != nullptr) {
      result = draft.room;
      return {};
    }
    if (arrival.made) {
      again = std::ranges::any_of(transaction.open, [&](RoomId id) { return !is_among(arrival.refused, id); });
      if (again) return errors::server_overloaded;
    } else if (auto admitted = admit(draft, arrival, now, again); !admitted) {
      return admitted;
    }
    if (transaction.seat != other) {
      again = true;
      return errors::server_overloaded;
    }
    if (other != 0) {
      if (!arrival.leave_other) return errors::room_in_another;
      Edit leaving(transaction.rooms.back(), now);
      leaving.give_up_seat(arrival.user, Leave::left, arrival.user, name);
      outcome.news.push_back(*leaving.news());
    }
    Edit coming(draft, now);
    if (arrival.made) {
      coming.open(*arrival.made, is_online);
    } else {
      coming.take_seat(arrival.user, is_online, name);
    }
    if (!arrival.code.empty()) ++draft.link->uses;
    result = draft.room;
    outcome.news.push_back(*coming.news());
    return {};
  });
  if (done) return result;
  // A second seat found by the database: somebody sat down a moment ago, and the next attempt sees it.
  if (again || (other == 0 && done.error().is(errors::room_in_another))) return std::optional<Room>();
  return done.error();
}

core::result<Room> RoomService::Impl::arrive(const std::function<core::result<Arrival>()>& prepare) {
  for (std::size_t attempt = 0; attempt < most_attempts; ++attempt) {
    const auto arrival = prepare();
    if (!arrival) return arrival.error();
    auto arrived = try_arrive(*arrival);
    if (!arrived) return arrived.error();
    if (*arrived) return std::move(**arrived);
  }
  return core::Error(errors::server_overloaded, std::chrono::milliseconds(1000));
}

/// Finds the room, and checks the password before the transaction: it takes as long as it is meant to.
core::result<Arrival> RoomService::Impl::approach(UserId user, RoomId id, const JoinRequest& request,
                                                  std::string_view code) {
  Arrival arrival{.user = user, .room = id, .leave_other = request.leave_other, .code = std::string(code)};
  const auto room = code.empty() ? find(user, id) : [&]() -> core::result<Room> {
    auto found = deps.repository.find(id);
    if (!found) return found.error();
    return *found ? core::result<Room>(std::move(**found)) : errors::room_link_invalid;
  }();
  if (!room) return room.error();
  if (room->password_hash.empty() || !request.password || room->seat_of(user) != nullptr) return arrival;
  if (auto guess = take_guess(user); !guess) return guess.error();
  if (deps.hasher.verify(room->password_hash, *request.password)) arrival.known_hash = room->password_hash;
  return arrival;
}

core::result<Room> RoomService::join(UserId user, RoomId id, const JoinRequest& request) {
  return impl_->arrive([&] { return impl_->approach(user, id, request, {}); });
}

core::result<Room> RoomService::join_by_code(UserId user, std::string_view code, const JoinRequest& request) {
  const auto id = impl_->deps.repository.find_link(code);
  if (!id) return id.error();
  auto joined = *id == 0 ? core::result<Room>(errors::room_link_invalid)
                         : impl_->arrive([&] { return impl_->approach(user, *id, request, code); });
  if (!joined && joined.error().is(errors::room_link_invalid)) {
    if (auto guess = impl_->take_guess(user); !guess) return guess.error();
  }
  return joined;
}

core::result<void> RoomService::Impl::check(const RoomChange& wanted) const {
  std::vector<core::FieldError> problems;
  const auto check_title = [&](const char* field, const std::optional<std::string>& text, std::size_t most) {
    if (!text) return;
    if (text->empty() || text->size() > most) {
      problems.push_back({field, "must have 1 to " + std::to_string(most) + " bytes"});
    } else if (auto problem = user::title_problem(*text)) {
      problems.push_back({field, std::move(*problem)});
    }
  };
  check_title("name", wanted.name, deps.options.name_bytes);
  check_title("game", wanted.game, deps.options.game_bytes);
  const auto most = deps.options.max_players;
  if (wanted.max_players && (*wanted.max_players < 1 || *wanted.max_players > most)) {
    problems.push_back({"max_players", "must be a number from 1 to " + std::to_string(most)});
  }
  if (wanted.password && *wanted.password) {
    const auto length = (*wanted.password)->size(), longest = deps.options.password_bytes;
    if (length < 1 || length > longest) {
      problems.push_back({"password", "must have 1 to " + std::to_string(longest) + " bytes"});
    }
  }
  if (problems.empty()) return {};
  return core::Error(errors::request_invalid, std::move(problems));
}

core::result<Room> RoomService::Impl::make_room(UserId user, const NewRoom& wanted) const {
  RoomChange fields{
      .name = wanted.name, .game = wanted.game, .max_players = wanted.max_players, .password = {}, .visibility = {}};
  if (wanted.password) fields.password.emplace(wanted.password);
  if (auto fine = check(fields); !fine) return fine.error();
  const auto id = deps.ids.next();
  if (!id) return id.error();
  Room room;
  room.id = *id;
  room.name = wanted.name;
  room.game = wanted.game;
  room.game_key = user::folded(wanted.game);
  room.owner_id = user;
  room.visibility = wanted.visibility;
  room.max_players = wanted.max_players.value_or(std::min(deps.options.default_players, deps.options.max_players));
  if (wanted.password) room.password_hash = deps.hasher.hash(*wanted.password);
  room.created_at = core::now_ms();
  room.version = 1;
  return room;
}

core::result<Room> RoomService::create(UserId user, const NewRoom& wanted, bool leave_other) {
  auto made = impl_->make_room(user, wanted);
  if (!made) return made;
  return impl_->arrive([&]() -> core::result<Arrival> {
    return Arrival{.user = user, .room = made->id, .leave_other = leave_other, .made = *made};
  });
}

core::result<RoomService::QuickJoin> RoomService::quick_join(UserId user, const std::string& game, bool leave_other) {
  auto made = impl_->make_room(user, {.name = game, .game = game, .max_players = {}, .password = {}});
  if (!made) return made.error();
  Arrival arrival{.user = user, .leave_other = leave_other};
  for (std::size_t attempt = 0; attempt < open_rooms_tried + most_attempts; ++attempt) {
    const auto open = impl_->deps.repository.open_rooms(made->game_key, open_rooms_tried);
    if (!open) return open.error();
    const auto next = std::ranges::find_if(*open, [&](RoomId id) { return !is_among(arrival.refused, id); });
    const bool create = next == open->end();
    arrival.room = create ? made->id : *next;
    arrival.made = create ? std::optional(*made) : std::nullopt;
    arrival.open_game = create ? made->game_key : std::string();
    auto arrived = impl_->try_arrive(arrival);
    if (arrived && *arrived) return QuickJoin{std::move(**arrived), create};
    if (arrived) continue;
    if (create || !may_try_another(arrived.error())) return arrived.error();
    arrival.refused.push_back(arrival.room);
  }
  return core::Error(errors::server_overloaded, std::chrono::milliseconds(1000));
}

}  // namespace netherlink::room
