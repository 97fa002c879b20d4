#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <shared_mutex>
#include <unordered_map>
#include <unordered_set>

#include "netherlink/core/result.hpp"
#include "netherlink/room/service.hpp"

namespace netherlink::room {

/// Every open room as lists show it, in memory: however many people look at the list, a replica asks the database once
/// in `max_age` what changed. What changes here is here at once. Thread-safe.
class RoomList {
 public:
  RoomList(RoomRepository& repository, std::chrono::milliseconds max_age) : repository_(repository), age_(max_age) {}

  /// May block: reads what changed elsewhere, unless that was done a moment ago.
  core::result<void> refresh();
  /// After a commit of this replica. `name_key` is filled in here.
  void put(Listing listing);

  using Visible = std::function<bool(const Listing&)>;
  /// Does not block on the store. request.invalid: the cursor is of no such list.
  core::result<ListPage> page(const RoomService::ListQuery& query, const Visible& visible) const;
  /// A room that only the friends of its owner see matches.
  bool any_for_friends(const Filter& filter) const;
  std::size_t size() const;

 private:
  using Clock = std::chrono::steady_clock;

  core::result<void> read(Timestamp since, std::unordered_set<RoomId>* unseen = nullptr);
  core::result<void> read_all();
  void put_locked(Listing listing);
  void forget_closed(Clock::time_point now);

  RoomRepository& repository_;
  const std::chrono::milliseconds age_;
  std::mutex reading_;  // of the members up to rooms_
  Clock::time_point read_at_{}, read_all_at_{};
  Timestamp changed_up_to_ = 0;
  mutable std::shared_mutex mutex_;  // of what follows
  std::unordered_map<RoomId, Listing> rooms_;
  std::unordered_map<RoomId, Clock::time_point> closed_;  // a moment ago: what was read before must not bring them back
};

}  // namespace netherlink::room
