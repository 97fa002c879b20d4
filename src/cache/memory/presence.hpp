#pragma once

#include <mutex>
#include <unordered_set>

#include "netherlink/cache/presence.hpp"

namespace netherlink::cache {

/// Of one replica: nobody else comes, goes or crashes.
class MemoryPresence final : public Presence {
 public:
  std::vector<UserId> enter(std::span<const UserId> users) override {
    return pick(users, [this](UserId user) { return users_.insert(user).second; });
  }
  std::vector<UserId> leave(std::span<const UserId> users) override {
    return pick(users, [this](UserId user) { return users_.erase(user) != 0; });
  }
  std::vector<UserId> online(std::span<const UserId> users) override {
    return pick(users, [this](UserId user) { return users_.contains(user); });
  }
  Sweep sweep() override { return {}; }
  void retire(std::chrono::milliseconds) override {}

 private:
  template <class Wanted>
  std::vector<UserId> pick(std::span<const UserId> users, const Wanted& wanted) {
    std::vector<UserId> picked;
    const std::lock_guard lock(mutex_);
    for (const UserId user : users) {
      if (wanted(user)) picked.push_back(user);
    }
    return picked;
  }

  std::mutex mutex_;
  std::unordered_set<UserId> users_;
};

}  // namespace netherlink::cache
