#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "contract/store/engines.hpp"
#include "netherlink/friend/service.hpp"
#include "support/races.hpp"

namespace netherlink::friends::testing {

using store::testing::Engines;
using store::testing::must;
using test::code_of;
using test::in_parallel;

/// Keeps what it was told, as text.
class RecordedEvents final : public FriendEvents {
 public:
  void requested(const Request& request) override { add("requested", request.from, request.to); }
  void withdrawn(const Request& request) override { add("withdrawn", request.from, request.to); }
  void befriended(UserId a, UserId b, Timestamp) override { add("befriended", a, b); }
  void separated(UserId a, UserId b) override { add("separated", a, b); }
  void relations_changed(std::span<const UserId> users) override {
    const std::lock_guard lock(mutex_);
    changed_ += users.size();
  }
  std::vector<std::string> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(all_, {});
  }
  std::size_t changed() {
    const std::lock_guard lock(mutex_);
    return changed_;
  }

 private:
  void add(std::string_view what, UserId a, UserId b) {
    const std::lock_guard lock(mutex_);
    all_.push_back(std::string(what) + " " + std::to_string(a) + " " + std::to_string(b));
  }

  std::mutex mutex_;
  std::vector<std::string> all_;
  std::size_t changed_ = 0;
};

/// The service on an empty database of an engine, with the people 1 to 9.
template <class Engine>
struct Friends {
  explicit Friends(FriendLimits limits = {}) : service(limits, database->friends(), events, ids) {
    for (UserId id = 1; id <= 9; ++id) {
      user::User user;
      user.id = id;
      user.username = user.nickname = "user" + std::to_string(id);
      must(database->users().insert(user, user.username, "", "hash"));
    }
  }

  Standing standing(UserId viewer, UserId target) {
    return must(database->contacts().standings(viewer, std::span(&target, 1))).front();
  }
  bool are_friends(UserId a, UserId b) {
    const bool there = standing(a, b).friends, back = standing(b, a).friends;
    CHECK(there == back);
    return there;
  }
  void befriend(UserId a, UserId b) {
    const auto request = must(service.request(a, b, ""));
    must(service.accept(b, request.id));
  }

  Engine database;
  RecordedEvents events;
  id::Generator ids{1};
  FriendService service;
};

}  // namespace netherlink::friends::testing
