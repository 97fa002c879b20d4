#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bus/rabbitmq/endpoints.hpp"

namespace netherlink::bus::rabbitmq {

/// Who should consume which partition. With single active consumers the first replica would get them all; so those that
/// consume announce themselves to each other, and each computes the same fair shares from who is there. It is advice
/// only: whoever the broker makes the active consumer of a partition is. Thread-safe.
class Spread {
 public:
  /// `send` takes an announcement to all replicas, this one included, without waiting.
  Spread(std::string instance, std::size_t partitions, std::function<void(std::string)> send);

  /// received() is going to be called; before that this replica knows of no other.
  void listen();
  /// This replica consumes from now on (or not any more).
  void join(Clock::time_point now);
  void leave();
  void received(std::string_view announcement, Clock::time_point now);
  void tick(Clock::time_point now);

  /// The others had time to answer.
  bool ready(Clock::time_point now) const;
  /// The replica that should consume it.
  std::string owner(std::size_t partition) const;
  /// When the owner of a partition last changed.
  Clock::time_point changed_at() const;
  const std::string& instance() const { return instance_; }

 private:
  void recompute(Clock::time_point now);
  void announce(char kind);

  const std::string instance_;
  const std::function<void(std::string)> send_;
  mutable std::mutex mutex_;
  bool listening_ = false, joined_ = false;
  bool echoed_ = false;  // our announcements arrive
  Clock::time_point joined_at_{}, echoed_at_{}, announced_at_{}, changed_at_{};
  std::map<std::string, Clock::time_point, std::less<>> seen_;  // the others, and when
  std::vector<std::string> owners_;                             // by partition
};

}  // namespace netherlink::bus::rabbitmq
