#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <span>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "netherlink/friend/types.hpp"

namespace netherlink::friends {

using Clock = std::chrono::steady_clock;

/// Sockets of this replica by person, and who came and, after the grace, went. Thread-safe; one thread waits.
class Arrivals {
 public:
  explicit Arrivals(std::chrono::milliseconds grace) : grace_(grace) {}

  void connected(UserId user);
  void disconnected(UserId user);
  void look_again(UserId user);
  void moved(UserId user);
  void stop();

  /// People, each once. Whoever came is told before whoever went.
  struct Batch {
    std::vector<UserId> came, went, look_again, moved;
  };
  /// Waits until there is something or the time has come (then it may be empty); nullopt: stopped.
  std::optional<Batch> wait(Clock::time_point until);
  /// Those of `users` who have a socket here, or had one within the grace, whether they were handed out yet or not.
  std::vector<UserId> here(std::span<const UserId> users);
  /// Who counts as present here.
  std::vector<UserId> present();

 private:
  struct Here {
    std::size_t sockets = 0;
    bool entered = false;         // handed out as `came`, and not as `went` since
    bool leaving = false;         // in leaving_
    Clock::time_point left_at{};  // when the last socket closed
  };
  struct Leaving {
    UserId user;
    Clock::time_point at;
  };

  bool anything_due(Clock::time_point now) const;
  Batch take(Clock::time_point now);
  void take_coming(Batch& batch);
  void take_leaving(Batch& batch, Clock::time_point now);
  static void take_some(std::unordered_set<UserId>& from, std::vector<UserId>& to);

  const std::chrono::milliseconds grace_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopped_ = false;
  std::unordered_map<UserId, Here> here_;
  std::vector<UserId> coming_;
  std::deque<Leaving> leaving_;  // nearly in the order of their times
  std::unordered_set<UserId> look_again_, moved_;
};

}  // namespace netherlink::friends
