#pragma once

#include <optional>
#include <span>
#include <string>

#include "netherlink/core/result.hpp"
#include "netherlink/friend/ports.hpp"
#include "netherlink/friend/types.hpp"
#include "netherlink/id/snowflake.hpp"

namespace netherlink::friends {

struct FriendLimits {
  std::size_t friends = 2000, pending_requests = 500, blocks = 2000, message_bytes = 500;
};

/// F1 and F2: requests, friendships and blocks. Thread-safe; calls block: store pool. Every call may answer
/// server.unavailable when the store does. The referenced objects must outlive the service.
class FriendService {
 public:
  FriendService(FriendLimits limits, FriendRepository& repository, FriendEvents& events, id::Generator& ids)
      : limits_(limits), repository_(repository), events_(events), ids_(ids) {}

  /// A request to somebody who has asked already makes both friends at once: its status then is accepted.
  /// user.not_found, user.not_reachable (a block, in either direction), friend.already, friend.request_pending,
  /// friend.too_many, request.invalid.
  core::result<Request> request(UserId from, UserId to, std::string message);
  /// Of a request to `user`, else resource.not_found. Again: the same answer. friend.too_many.
  core::result<Request> accept(UserId user, std::int64_t request_id);
  /// Who asked is not told.
  core::result<Request> reject(UserId user, std::int64_t request_id);
  core::result<Page<Request>> requests(UserId user, bool incoming, std::optional<std::int64_t> cursor,
                                       std::size_t limit);

  core::result<Page<Friendship>> friends(UserId user, std::optional<UserId> cursor, std::size_t limit);
  /// resource.not_found: they are not friends.
  core::result<void> remove(UserId user, UserId other);

  core::result<Page<UserId>> blocked(UserId user, std::optional<UserId> cursor, std::size_t limit);
  /// Ends friendship and requests. Nobody is told of the block. Idempotent. user.not_found, friend.too_many.
  core::result<void> block(UserId user, UserId other);
  /// Idempotent.
  core::result<void> unblock(UserId user, UserId other);

  /// After an account was deleted. Idempotent.
  core::result<void> forget(UserId user);

  const FriendLimits& limits() const { return limits_; }

 private:
  core::result<void> befriend(Pair& pair, Timestamp now) const;
  core::result<Request> own_request(UserId user, std::int64_t request_id);

  FriendLimits limits_;
  FriendRepository& repository_;
  FriendEvents& events_;
  id::Generator& ids_;
};

}  // namespace netherlink::friends
