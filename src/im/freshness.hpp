#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <span>
#include <unordered_map>

#include "netherlink/im/types.hpp"

namespace netherlink::im {

/// Tells whether what was read about people at some moment still counts, without a list of what was read: it remembers
/// who changed last, and of everybody else that they have not changed since then. Not thread-safe.
class Freshness {
 public:
  using Stamp = std::uint64_t;
  explicit Freshness(std::size_t capacity) : capacity_(capacity) {}

  /// To be taken before something is read.
  Stamp now() const { return now_; }

  bool is_fresh(Stamp read_at, UserId user) const {
    if (read_at < floor_) return false;
    const auto changed = changed_.find(user);
    return changed == changed_.end() || changed->second <= read_at;
  }

  void changed(std::span<const UserId> users) {
    for (const auto user : users) {
      changed_[user] = ++now_;
      order_.emplace_back(user, now_);
    }
    for (; order_.size() > capacity_; order_.pop_front()) {
      const auto [user, at] = order_.front();
      floor_ = std::max(floor_, at);
      if (const auto known = changed_.find(user); known != changed_.end() && known->second == at) changed_.erase(known);
    }
  }
  /// Nothing counts that was read before.
  void all_changed() { floor_ = ++now_; }

 private:
  const std::size_t capacity_;
  Stamp now_ = 0, floor_ = 0;
  std::unordered_map<UserId, Stamp> changed_;
  std::deque<std::pair<UserId, Stamp>> order_;
};

}  // namespace netherlink::im
