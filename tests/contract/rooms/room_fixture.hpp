#pragma once

#include <atomic>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "contract/store/engines.hpp"
#include "netherlink/cache/cache.hpp"
#include "netherlink/friend/service.hpp"
#include "netherlink/room/service.hpp"
#include "support/races.hpp"

namespace netherlink::room::testing {

using store::testing::Engines;
using store::testing::must;
using test::code_of;
using test::in_parallel;

/// Keeps what it was told, as text.
class RecordedEvents final : public RoomEvents {
 public:
  void changed(const News& news) override {
    const std::lock_guard lock(mutex_);
    for (const auto user : news.joined) all_.push_back("joined " + std::to_string(user));
    for (const auto& left : news.left) {
      all_.push_back(std::string(to_string(left.reason)) + " " + std::to_string(left.user_id));
    }
    if (!news.after) all_.push_back("closed " + std::string(news.closed));
  }
  void invited(const Room&, UserId from, UserId to) override {
    const std::lock_guard lock(mutex_);
    all_.push_back("invited " + std::to_string(from) + " " + std::to_string(to));
  }
  std::vector<std::string> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(all_, {});
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> all_;
};

/// Conversations without messages; counts what was to be told.
class Conversations final : public RoomChat {
 public:
  core::result<core::Seq> last_seq(RoomId) override { return 0; }
  void tell(std::span<const std::int64_t> notices) override { told += notices.size(); }
  std::atomic<std::size_t> told{0};
};

/// Friends as the database has them; who is online is said by the test.
class People final : public RoomPeople {
 public:
  explicit People(friends::ContactRepository& contacts) : contacts_(contacts) {}
  core::result<Standing> standing(UserId from, UserId to) override {
    const auto found = contacts_.standings(from, std::span(&to, 1));
    if (!found) return found.error();
    return Standing{found->front().exists, found->front().friends, found->front().blocked};
  }
  core::result<std::vector<UserId>> friends_of(UserId user) override {
    auto found = contacts_.audiences(std::span(&user, 1));
    if (!found) return found.error();
    return std::move((*found)[user].friends);
  }
  std::vector<UserId> online(std::span<const UserId> users) override {
    const std::lock_guard lock(mutex_);
    std::vector<UserId> found;
    for (const auto user : users) {
      if (!away_.contains(user)) found.push_back(user);
    }
    return found;
  }
  bool online_is_known() override { return known; }
  std::string name_of(UserId user) override { return "user" + std::to_string(user); }

  void go(UserId user) {
    const std::lock_guard lock(mutex_);
    away_.insert(user);
  }
  void come(UserId user) {
    const std::lock_guard lock(mutex_);
    away_.erase(user);
  }
  std::atomic<bool> known{true};

 private:
  friends::ContactRepository& contacts_;
  std::mutex mutex_;
  std::set<UserId> away_;
};

/// The service on an empty database of an engine, with the people 1 to 40. Each of `replicas` is a service of its own.
template <class Engine>
struct Rooms {
  explicit Rooms(Options options = {}, std::size_t replicas = 1)
      : people(database->contacts()), cache(cache::make_memory_cache({})) {
    options.sweep_interval = std::chrono::milliseconds(20);
    for (std::size_t i = 0; i < replicas; ++i) {
      services.push_back(std::make_unique<RoomService>(RoomService::Dependencies{.options = options,
                                                                                 .repository = database->rooms(),
                                                                                 .events = events,
                                                                                 .chat = chat,
                                                                                 .people = people,
                                                                                 .limiter = cache->rate_limiter(),
                                                                                 .hasher = hasher,
                                                                                 .ids = ids}));
    }
    for (UserId id = 1; id <= 40; ++id) {
      user::User user;
      user.id = id;
      user.username = user.nickname = "user" + std::to_string(id);
      must(database->users().insert(user, user.username, "", "hash"));
    }
  }

  RoomService& service() { return *services.front(); }
  RoomService& at(std::size_t i) { return *services[i % services.size()]; }
  Room make(UserId owner, std::size_t max_players = 4, const std::string& game = "Go") {
    NewRoom wanted;
    wanted.name = "a room";
    wanted.game = game;
    wanted.max_players = max_players;
    return must(service().create(owner, wanted, false));
  }
  std::vector<UserId> members(RoomId id) {
    std::vector<UserId> found;
    const auto room = must(database->rooms().find(id));
    if (!room) return found;
    for (const auto& seat : room->seats) found.push_back(seat.user_id);
    return found;
  }
  void befriend(UserId a, UserId b) {
    must(database->friends().change(a, b, [](friends::Pair& pair) -> core::result<void> {
      pair.friends_since = 1;
      return {};
    }));
  }

  Engine database;
  RecordedEvents events;
  Conversations chat;
  People people;
  std::unique_ptr<cache::Cache> cache;
  crypto::PasswordHasher hasher{crypto::PasswordCost::test};
  id::Generator ids{1};
  std::vector<std::unique_ptr<RoomService>> services;
};

}  // namespace netherlink::room::testing
