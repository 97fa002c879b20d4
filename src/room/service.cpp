#include "netherlink/room/service.hpp"

#include <algorithm>

#include "netherlink/log/log.hpp"
#include "netherlink/metrics/metrics.hpp"
#include "netherlink/user/names.hpp"
#include "room/impl.hpp"

namespace netherlink::room {

core::Error invalid(std::string field, std::string message) {
  return {errors::request_invalid, std::vector<core::FieldError>{{std::move(field), std::move(message)}}};
}

RoomService::Impl::Impl(const Dependencies& d)
    : deps(d),
      list(deps.repository, deps.options.list_max_age),
      sweeper(deps.options, deps.repository, deps.people,
              {.set_online = [this](UserId user, RoomId room, bool online) { set_online(user, room, online); },
               .drop = [this](const RoomRepository::Held& seat) { drop(seat); },
               .end_deserted = [this](RoomId room) { end_deserted(room); },
               .after = [this] { count_rooms(); }}) {}

core::result<void> RoomService::Impl::change(const RoomRepository::Ask& ask, const Decide& decide) {
  Outcome outcome;
  std::vector<Listing> listings;
  auto done = deps.repository.change(ask, [&](Transaction& transaction) -> core::result<void> {
    outcome = {};
    auto decided = decide(transaction, outcome);
    for (const auto& draft : transaction.rooms) {
      for (const auto& notice : draft.notices) outcome.notices.push_back(notice.id);
    }
    return decided;
  });
  if (!done) return done;
  for (const auto& news : outcome.news) {
    auto listing = listing_of(news.after ? *news.after : *news.before);
    listing.closed = !news.after;
    list.put(std::move(listing));
  }
  deps.chat.tell(outcome.notices);
  for (const auto& news : outcome.news) deps.events.changed(news);
  return done;
}

core::result<Room> RoomService::Impl::act(UserId user, RoomId id, UserId person, const Act& act) {
  Room result;
  bool is_member = false;
  auto done = change({.person = person, .rooms = {{id, 0}}}, [&](Transaction& transaction, Outcome& outcome) {
    auto& draft = transaction.rooms.front();
    is_member = draft.room && draft.room->seat_of(user) != nullptr;
    if (!is_member) return core::result<void>(errors::room_forbidden);
    result = *draft.room;
    Edit edit(draft, core::now_ms());
    auto acted = act(draft, edit);
    if (!acted) return acted;
    if (auto news = edit.news()) outcome.news.push_back(std::move(*news));
    if (draft.room) {
      result = *draft.room;
    } else {
      result.seats.clear();
      result.status = Status::ended;
    }
    return acted;
  });
  if (done) return result;
  if (is_member) return done.error();
  if (!done.error().is(errors::room_forbidden)) return done.error();
  const auto known = find(user, id);  // not theirs to know: resource.not_found
  return known ? core::Error(errors::room_forbidden) : known.error();
}

core::result<bool> RoomService::Impl::visible(UserId user, const Room& room) {
  if (room.visibility == Visibility::everyone || room.seat_of(user) != nullptr) return true;
  if (room.visibility == Visibility::friends) {
    const auto standing = deps.people.standing(user, room.owner_id);
    if (!standing || standing->friends) return standing ? core::result<bool>(true) : standing.error();
  }
  return deps.repository.invited(room.id, user);
}

core::result<Room> RoomService::Impl::find(UserId user, RoomId id) {
  auto found = deps.repository.find(id);
  if (!found) return found.error();
  if (!*found) return errors::resource_not_found;
  const auto seen = visible(user, **found);
  if (!seen) return seen.error();
  if (!*seen) return errors::resource_not_found;
  return std::move(**found);
}

bool RoomService::Impl::online(UserId user) {
  return !deps.people.online(std::span(&user, 1)).empty();
}

core::result<void> RoomService::Impl::take_guess(UserId user) {
  if (!deps.options.limit_guesses) return {};
  if (const auto wait = deps.limiter.take("room_guess:" + std::to_string(user), deps.options.guesses)) {
    return core::Error(errors::request_rate_limited, *wait);
  }
  return {};
}

void RoomService::Impl::set_online(UserId user, RoomId room, bool is_online) {
  const auto done = change({.person = user, .rooms = {{room, 0}}}, [&](Transaction& transaction, Outcome& outcome) {
    auto& draft = transaction.rooms.front();
    Seat* const seat = draft.room ? draft.room->seat_of(user) : nullptr;
    if (seat == nullptr || seat->online() == is_online) return core::result<void>();
    Edit edit(draft, core::now_ms());
    seat->dropped_at = is_online ? 0 : core::now_ms();
    outcome.news.push_back(*edit.news());
    return core::result<void>();
  });
  if (!done) log::warn("seat not noted", {{"room", room}, {"reason", done.error().code().name}});
}

void RoomService::Impl::drop(const RoomRepository::Held& held) {
  const auto name = deps.people.name_of(held.user_id);
  const auto done =
      change({.person = held.user_id, .rooms = {{held.room_id, 0}}}, [&](Transaction& transaction, Outcome& outcome) {
        auto& draft = transaction.rooms.front();
        const Seat* const seat = draft.room ? draft.room->seat_of(held.user_id) : nullptr;
        if (seat == nullptr || seat->dropped_at != held.dropped_at) return core::result<void>();
        Edit edit(draft, core::now_ms());
        edit.give_up_seat(held.user_id, Leave::dropped, held.user_id, name);
        outcome.news.push_back(*edit.news());
        return core::result<void>();
      });
  if (!done) log::warn("seat not given up", {{"room", held.room_id}, {"reason", done.error().code().name}});
}

void RoomService::Impl::end_deserted(RoomId room) {
  const auto done = change({.rooms = {{room, 0}}}, [&](Transaction& transaction, Outcome& outcome) {
    auto& draft = transaction.rooms.front();
    if (!draft.room || !draft.room->seats.empty()) return core::result<void>();
    Edit edit(draft, core::now_ms());
    edit.close(draft.room->owner_id);
    outcome.news.push_back(*edit.news());
    return core::result<void>();
  });
  if (!done) log::warn("room not ended", {{"room", room}, {"reason", done.error().code().name}});
}

void RoomService::Impl::count_rooms() {
  if (list.refresh()) open_rooms.set(static_cast<double>(list.size()));
}

RoomService::RoomService(const Dependencies& dependencies) : impl_(std::make_unique<Impl>(dependencies)) {}

RoomService::~RoomService() {
  stop();
}

void RoomService::start() {
  impl_->sweeper.start();
}

void RoomService::stop() {
  impl_->sweeper.stop();
}

void RoomService::moved(UserId user) {
  impl_->sweeper.moved(user);
}

const Options& RoomService::options() const {
  return impl_->deps.options;
}

core::result<Room> RoomService::find(UserId user, RoomId id) {
  return impl_->find(user, id);
}

core::result<Room> RoomService::update(UserId user, RoomId id, const RoomChange& change) {
  std::optional<std::string> hash;
  if (auto fine = impl_->check(change); !fine) return fine.error();
  if (change.password) hash = *change.password ? impl_->deps.hasher.hash(**change.password) : std::string();
  return impl_->act(user, id, user, [&](Draft& draft, Edit&) -> core::result<void> {
    Room& room = *draft.room;
    if (room.owner_id != user) return errors::room_forbidden;
    if (change.max_players && *change.max_players < room.seats.size()) return errors::room_full;
    room.name = change.name.value_or(room.name);
    if (change.game) {
      room.game = *change.game;
      room.game_key = user::folded(room.game);
    }
    room.max_players = change.max_players.value_or(room.max_players);
    room.visibility = change.visibility.value_or(room.visibility);
    room.password_hash = hash.value_or(room.password_hash);
    return {};
  });
}

core::result<void> RoomService::close(UserId user, RoomId id) {
  const auto closed = impl_->act(user, id, user, [&](Draft& draft, Edit& edit) -> core::result<void> {
    if (draft.room->owner_id != user) return errors::room_forbidden;
    edit.close(user);
    return {};
  });
  return closed ? core::result<void>() : closed.error();
}

core::result<Room> RoomService::leave(UserId user, RoomId id) {
  const auto name = impl_->deps.people.name_of(user);
  return impl_->act(user, id, user, [&](Draft&, Edit& edit) -> core::result<void> {
    edit.give_up_seat(user, Leave::left, user, name);
    return {};
  });
}

core::result<Room> RoomService::set_ready(UserId user, RoomId id, bool ready) {
  return impl_->act(user, id, user, [&](Draft&, Edit& edit) { return edit.set_ready(user, ready); });
}

core::result<Room> RoomService::start_game(UserId user, RoomId id) {
  const auto name = impl_->deps.people.name_of(user);
  return impl_->act(user, id, user, [&](Draft&, Edit& edit) { return edit.start(user, name); });
}

core::result<Room> RoomService::finish_game(UserId user, RoomId id) {
  const auto name = impl_->deps.people.name_of(user);
  return impl_->act(user, id, user, [&](Draft&, Edit& edit) { return edit.finish(user, name); });
}

core::result<Room> RoomService::reopen(UserId user, RoomId id) {
  const auto name = impl_->deps.people.name_of(user);
  return impl_->act(user, id, user, [&](Draft&, Edit& edit) { return edit.reopen(user, name); });
}

core::result<ListPage> RoomService::list(UserId user, const ListQuery& query) {
  if (auto fresh = impl_->list.refresh(); !fresh) return fresh.error();
  std::vector<UserId> friends;
  if (impl_->list.any_for_friends(query.filter)) {
    auto found = impl_->deps.people.friends_of(user);
    if (!found) return found.error();
    friends = std::move(*found);
    std::ranges::sort(friends);
  }
  return impl_->list.page(query, [&](const Listing& room) {
    if (room.visibility == Visibility::everyone || room.owner_id == user) return true;
    return room.visibility == Visibility::friends && std::ranges::binary_search(friends, room.owner_id);
  });
}

core::result<std::unordered_map<UserId, RoomId>> RoomService::whereabouts(std::span<const UserId> users) {
  return impl_->deps.repository.shown_seats(users);
}

core::result<void> RoomService::forget(UserId user) {
  const auto held = impl_->deps.repository.held_by(std::span(&user, 1));
  if (!held) return held.error();
  for (const auto& seat : *held) {
    const auto left = leave(user, seat.room_id);
    const bool gone = left || left.error().is(errors::room_forbidden) || left.error().is(errors::resource_not_found);
    if (!gone) return left.error();
  }
  return impl_->deps.repository.forget(user);
}

}  // namespace netherlink::room
