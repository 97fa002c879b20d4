#pragma once

#include <chrono>
#include <span>
#include <vector>

#include "netherlink/core/ids.hpp"

namespace netherlink::cache {

/// Which people have a socket, on any replica (F3). Thread-safe; calls may block for a moment, never on an I/O thread.
///
/// What a shared adapter must do:
/// - An entry is (user, replica). It counts while the lease of its replica holds; every replica renews its lease with
///   sweep(), which is called every 2 s: a lease of 10 s survives a pause, and bounds how long a crash leaves ghosts.
/// - enter() and leave() change the entry and look at the user's other entries in one atomic step, so that of two
///   replicas exactly one hears that somebody came or went. Entries of replicas whose lease is over do not count.
/// - A replica that finds, in sweep(), that another's lease is over takes that replica's entries, atomically and so
///   that nobody else gets them too, and answers who is left without any. If it dies in between, somebody else finds
///   them: the list of a dead replica goes only when it is worked off.
/// - The adapter keeps what this replica entered. When the store was away or lost everything, or when our own lease was
///   taken for over (a long pause), it enters all of it again by itself before it answers; sweep() then answers those
///   who came online by that as `back`.
/// - While the store is away: enter() and leave() answer by what this replica knows alone, online() likewise. Nothing
///   fails and nothing waits longer than any other call of the cache.
class Presence {
 public:
  using UserId = core::UserId;
  virtual ~Presence() = default;

  /// These have a socket on this replica now. Answers those who had none anywhere: they came online.
  virtual std::vector<UserId> enter(std::span<const UserId> users) = 0;
  /// These have none here any more. Answers those who have none anywhere: they went offline.
  virtual std::vector<UserId> leave(std::span<const UserId> users) = 0;
  /// Those of `users` who have one somewhere, in any order.
  virtual std::vector<UserId> online(std::span<const UserId> users) = 0;

  struct Sweep {
    std::vector<UserId> gone;  // went offline with a replica whose lease is over; each told to one caller alone
    std::vector<UserId> back;  // ours, who others took for offline meanwhile
  };
  virtual Sweep sweep() = 0;

  /// This replica stops: its entries count for `grace` more, then they are for a sweep of another replica to find.
  virtual void retire(std::chrono::milliseconds grace) = 0;
};

}  // namespace netherlink::cache
