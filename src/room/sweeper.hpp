#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>
#include <unordered_set>

#include "netherlink/room/service.hpp"

namespace netherlink::room {

/// Looks after who has a seat and no socket: notes since when, ends what was kept long enough, and closes rooms that
/// nobody is in. All it knows is in the database, so it goes on after a crash of every replica; several may do it at
/// once, each decision is made again inside its transaction. A thread of its own.
class Sweeper {
 public:
  struct Calls {
    /// Notes that a seat is kept since now, or that its owner is back.
    std::function<void(UserId, RoomId, bool online)> set_online;
    std::function<void(const RoomRepository::Held&)> drop;
    std::function<void(RoomId)> end_deserted;
    std::function<void()> after;  // each sweep
  };
  Sweeper(const Options& options, RoomRepository& repository, RoomPeople& people, Calls calls)
      : options_(options), repository_(repository), people_(people), calls_(std::move(calls)) {}
  ~Sweeper() { stop(); }

  void start();
  void stop();
  /// Any thread: this person came or went. Never blocks.
  void moved(UserId user);

 private:
  using Clock = std::chrono::steady_clock;

  void run();
  void follow(const std::vector<UserId>& users);
  void sweep();
  void look_at_some_seats();
  void drop_those_due();
  void compare(std::span<const RoomRepository::Held> seats);

  const Options& options_;
  RoomRepository& repository_;
  RoomPeople& people_;
  const Calls calls_;
  UserId looked_up_to_ = 0;
  Clock::time_point purge_at_{};
  std::mutex mutex_;
  std::condition_variable wake_;
  std::unordered_set<UserId> moved_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace netherlink::room
