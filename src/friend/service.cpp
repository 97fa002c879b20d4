#include "netherlink/friend/service.hpp"

#include <array>

namespace netherlink::friends {
namespace {

constexpr std::int64_t newest = INT64_MAX;

using Status = Request::Status;

core::Error invalid(std::string field, std::string message) {
  return {errors::request_invalid, std::vector<core::FieldError>{{std::move(field), std::move(message)}}};
}

bool is_pending(const std::optional<Request>& request) {
  return request && request->status == Status::pending;
}

/// One more than `limit` was read: whether there is another page, and where it begins.
template <class Item, class Key>
Page<Item> page_of(std::vector<Item> items, std::size_t limit, Key key) {
  Page<Item> page{std::move(items), std::nullopt};
  if (page.items.size() <= limit) return page;
  page.items.resize(limit);
  page.next = key(page.items.back());
  return page;
}

}  // namespace

std::string_view to_string(Status status) {
  constexpr std::array<std::string_view, 3> names{"pending", "accepted", "rejected"};
  return names[static_cast<std::size_t>(status)];
}

/// Whatever was asked between the two is answered by this.
core::result<void> FriendService::befriend(Pair& pair, Timestamp now) const {
  if (pair.my_friends >= limits_.friends || pair.their_friends >= limits_.friends) return errors::friend_too_many;
  pair.friends_since = now;
  for (auto* request : {&pair.sent, &pair.received}) {
    if (is_pending(*request)) (*request)->status = Status::accepted;
  }
  return {};
}

core::result<Request> FriendService::request(UserId from, UserId to, std::string message) {
  if (from == to) return invalid("user_id", "must be another user");
  if (message.size() > limits_.message_bytes) {
    return invalid("message", "must have at most " + std::to_string(limits_.message_bytes) + " bytes");
  }
  if (message.find('\0') != std::string::npos) return invalid("message", "must not contain U+0000");
  const auto id = ids_.next();
  if (!id) return id.error();
  const Timestamp now = core::now_ms();
  Request made{.id = *id, .from = from, .to = to, .message = std::move(message), .created_at = now};
  bool crossed = false;
  auto done = repository_.change(from, to, [&](Pair& pair) -> core::result<void> {
    if (pair.i_block || pair.blocks_me) return errors::user_not_reachable;
    if (pair.friends_since != 0) return errors::friend_already;
    if (is_pending(pair.sent)) return errors::friend_request_pending;
    crossed = is_pending(pair.received);
    if (!crossed && pair.my_pending >= limits_.pending_requests) return errors::friend_too_many;
    made.status = Status::pending;
    pair.sent = made;
    if (!crossed) return {};
    auto befriended = befriend(pair, now);
    made.status = pair.sent->status;
    return befriended;
  });
  if (!done) return done.error();
  if (crossed) {
    events_.relations_changed(std::array{from, to});
    events_.befriended(from, to, now);
  } else {
    events_.requested(made);
  }
  return made;
}

core::result<Request> FriendService::own_request(UserId user, std::int64_t request_id) {
  auto found = repository_.find_request(request_id);
  if (!found) return found.error();
  if (!*found || (*found)->to != user) return errors::resource_not_found;
  return std::move(**found);
}

core::result<Request> FriendService::accept(UserId user, std::int64_t request_id) {
  auto request = own_request(user, request_id);
  if (!request) return request;
  const Timestamp now = core::now_ms();
  bool changed = false;
  auto done = repository_.change(user, request->from, [&](Pair& pair) -> core::result<void> {
    changed = false;
    if (!pair.received || pair.received->id != request_id || pair.received->status == Status::rejected) {
      return errors::resource_not_found;
    }
    if (pair.received->status == Status::accepted) return {};
    changed = true;
    return befriend(pair, now);
  });
  if (!done) return done.error().is(errors::user_not_found) ? core::Error(errors::resource_not_found) : done.error();
  request->status = Status::accepted;
  if (changed) {
    events_.relations_changed(std::array{user, request->from});
    events_.befriended(user, request->from, now);
  }
  return request;
}

core::result<Request> FriendService::reject(UserId user, std::int64_t request_id) {
  auto request = own_request(user, request_id);
  if (!request) return request;
  bool changed = false;
  auto done = repository_.change(user, request->from, [&](Pair& pair) -> core::result<void> {
    changed = false;
    if (!pair.received || pair.received->id != request_id || pair.received->status == Status::accepted) {
      return errors::resource_not_found;
    }
    changed = pair.received->status == Status::pending;
    pair.received->status = Status::rejected;
    return {};
  });
  if (!done) return done.error().is(errors::user_not_found) ? core::Error(errors::resource_not_found) : done.error();
  request->status = Status::rejected;
  if (changed) events_.withdrawn(*request);
  return request;
}

core::result<Page<Request>> FriendService::requests(UserId user, bool incoming, std::optional<std::int64_t> cursor,
                                                    std::size_t limit) {
  auto read = repository_.requests(user, incoming, cursor.value_or(newest), limit + 1);
  if (!read) return read.error();
  return page_of(std::move(*read), limit, [](const Request& request) { return request.id; });
}

core::result<Page<Friendship>> FriendService::friends(UserId user, std::optional<UserId> cursor, std::size_t limit) {
  auto read = repository_.friends(user, cursor.value_or(0), limit + 1);
  if (!read) return read.error();
  return page_of(std::move(*read), limit, [](const Friendship& friendship) { return friendship.user; });
}

core::result<void> FriendService::remove(UserId user, UserId other) {
  if (user == other) return errors::resource_not_found;
  auto done = repository_.change(user, other, [](Pair& pair) -> core::result<void> {
    if (pair.friends_since == 0) return errors::resource_not_found;
    pair.friends_since = 0;
    pair.sent.reset();
    pair.received.reset();
    return {};
  });
  if (!done) return done.error().is(errors::user_not_found) ? core::Error(errors::resource_not_found) : done.error();
  events_.relations_changed(std::array{user, other});
  events_.separated(user, other);
  return {};
}

core::result<Page<UserId>> FriendService::blocked(UserId user, std::optional<UserId> cursor, std::size_t limit) {
  auto read = repository_.blocked(user, cursor.value_or(0), limit + 1);
  if (!read) return read.error();
  return page_of(std::move(*read), limit, [](UserId id) { return id; });
}

core::result<void> FriendService::block(UserId user, UserId other) {
  if (user == other) return invalid("user_id", "must be another user");
  bool changed = false, were_friends = false;
  std::optional<Request> withdrawn;
  auto done = repository_.change(user, other, [&](Pair& pair) -> core::result<void> {
    changed = !pair.i_block;
    were_friends = pair.friends_since != 0;
    withdrawn = is_pending(pair.received) ? pair.received : std::nullopt;
    if (changed && pair.my_blocks >= limits_.blocks) return errors::friend_too_many;
    pair.i_block = true;
    pair.friends_since = 0;
    pair.sent.reset();
    pair.received.reset();
    return {};
  });
  if (!done) return done;
  if (!changed) return {};
  events_.relations_changed(std::array{user, other});
  if (were_friends) events_.separated(user, other);
  if (withdrawn) {
    withdrawn->status = Status::rejected;
    events_.withdrawn(*withdrawn);
  }
  return {};
}

core::result<void> FriendService::unblock(UserId user, UserId other) {
  if (user == other) return {};
  bool changed = false;
  auto done = repository_.change(user, other, [&](Pair& pair) -> core::result<void> {
    changed = pair.i_block;
    pair.i_block = false;
    return {};
  });
  // With the account its blocks are gone.
  if (!done) return done.error().is(errors::user_not_found) ? core::result<void>() : done;
  if (changed) events_.relations_changed(std::array{user, other});
  return {};
}

core::result<void> FriendService::forget(UserId user) {
  const auto friends = repository_.forget(user);
  if (!friends) return friends.error();
  events_.relations_changed(std::array{user});
  for (const UserId other : *friends) events_.separated(user, other);
  return {};
}

}  // namespace netherlink::friends
