// What members do to each other: kick, transfer, invite; links.
#include "netherlink/crypto/random.hpp"
#include "room/impl.hpp"

namespace netherlink::room {
namespace {

constexpr std::size_t code_characters = 10;

/// Of characters that nobody takes for another (Crockford's base 32); 50 bits.
std::string random_code() {
  constexpr std::string_view alphabet("0123456789abcdefghjkmnpqrstvwxyz");
  static_assert(alphabet.size() == 32);
  std::string code;
  for (const char byte : crypto::random_bytes(code_characters)) {
    code += alphabet[static_cast<unsigned char>(byte) % alphabet.size()];
  }
  return code;
}

}  // namespace

core::result<Room> RoomService::kick(UserId user, RoomId id, UserId whom) {
  if (user == whom) return invalid("user_id", "must be somebody else");
  const auto name = impl_->deps.people.name_of(whom);
  return impl_->act(user, id, whom, [&](Draft& draft, Edit& edit) -> core::result<void> {
    if (draft.room->owner_id != user) return errors::room_forbidden;
    if (draft.room->seat_of(whom) == nullptr) return errors::user_not_found;
    draft.banned = true;
    draft.invited = false;
    edit.give_up_seat(whom, Leave::kicked, user, name);
    return {};
  });
}

core::result<Room> RoomService::transfer(UserId user, RoomId id, UserId to) {
  return impl_->act(user, id, user, [&](Draft& draft, Edit& edit) -> core::result<void> {
    if (draft.room->owner_id != user) return errors::room_forbidden;
    if (draft.room->seat_of(to) == nullptr) return errors::user_not_found;
    edit.hand_over(to, user);
    return {};
  });
}

core::result<Room> RoomService::invite(UserId user, RoomId id, UserId whom) {
  if (user == whom) return invalid("user_id", "must be somebody else");
  const auto standing = impl_->deps.people.standing(user, whom);
  if (!standing) return standing.error();
  bool is_new = false;
  auto invited = impl_->act(user, id, whom, [&](Draft& draft, Edit&) -> core::result<void> {
    if (!standing->exists) return errors::user_not_found;
    if (standing->blocked || !standing->friends) return errors::user_not_reachable;
    if (draft.banned && draft.room->owner_id != user) return errors::room_forbidden;
    is_new = draft.room->seat_of(whom) == nullptr;
    if (!is_new) return {};
    draft.invited = true;
    draft.banned = false;
    return {};
  });
  if (invited && is_new) impl_->deps.events.invited(*invited, user, whom);
  return invited;
}

core::result<Link> RoomService::make_link(UserId user, RoomId id, std::optional<std::chrono::seconds> expires_in,
                                          std::optional<std::size_t> max_uses) {
  Link link{.code = random_code(), .max_uses = max_uses.value_or(0)};
  if (expires_in) link.expires_at = core::now_ms() + std::chrono::milliseconds(*expires_in).count();
  const auto made = impl_->act(user, id, user, [&](Draft& draft, Edit&) -> core::result<void> {
    if (draft.room->owner_id != user) return errors::room_forbidden;
    draft.link = link;
    return {};
  });
  if (!made) return made.error();
  return link;
}

core::result<void> RoomService::drop_link(UserId user, RoomId id) {
  const auto dropped = impl_->act(user, id, user, [&](Draft& draft, Edit&) -> core::result<void> {
    if (draft.room->owner_id != user) return errors::room_forbidden;
    draft.link.reset();
    return {};
  });
  return dropped ? core::result<void>() : dropped.error();
}

}  // namespace netherlink::room
