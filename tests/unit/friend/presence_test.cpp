#include "netherlink/friend/presence.hpp"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <set>

#include "netherlink/cache/presence.hpp"
#include "support/catch.hpp"

namespace netherlink::friends {
namespace {

using std::chrono::milliseconds;

/// A registry as several replicas share it; a test moves the others.
class SharedPresence final : public cache::Presence {
 public:
  std::vector<UserId> enter(std::span<const UserId> users) override {
    const std::lock_guard lock(mutex);
    std::vector<UserId> came;
    for (const auto user : users) {
      if (ours.insert(user).second && !others.contains(user)) came.push_back(user);
    }
    return came;
  }
  std::vector<UserId> leave(std::span<const UserId> users) override {
    const std::lock_guard lock(mutex);
    std::vector<UserId> went;
    for (const auto user : users) {
      if (ours.erase(user) != 0 && !others.contains(user)) went.push_back(user);
    }
    return went;
  }
  std::vector<UserId> online(std::span<const UserId> users) override {
    const std::lock_guard lock(mutex);
    std::vector<UserId> there;
    for (const auto user : users) {
      if (ours.contains(user) || others.contains(user)) there.push_back(user);
    }
    return there;
  }
  Sweep sweep() override {
    const std::lock_guard lock(mutex);
    return std::exchange(swept, {});
  }
  void retire(milliseconds) override { retired = true; }

  std::mutex mutex;
  std::set<UserId> ours, others;
  Sweep swept;
  bool retired = false;
};

/// Everybody is a friend of 100.
class Contacts final : public ContactRepository {
 public:
  core::result<std::vector<Standing>> standings(UserId, std::span<const UserId> targets) override {
    std::vector<Standing> all;
    for (const auto target : targets) {
      all.push_back({.target = target, .exists = target < 50, .friends = true, .shows_presence = target != hidden});
    }
    return all;
  }
  core::result<std::unordered_map<UserId, Audience>> audiences(std::span<const UserId> users) override {
    if (failures-- > 0) return errors::server_unavailable;
    std::unordered_map<UserId, Audience> all;
    for (const auto user : users) all[user] = {user != hidden, {100}};
    return all;
  }
  core::result<void> note_seen(std::span<const Seen> seen) override {
    const std::lock_guard lock(mutex);
    for (const auto& one : seen) times[one.user] = one.at;
    return {};
  }
  core::result<std::vector<Seen>> last_seen(std::span<const UserId> users) override {
    const std::lock_guard lock(mutex);
    std::vector<Seen> found;
    for (const auto user : users) {
      if (const auto at = times.find(user); at != times.end()) found.push_back({user, at->second});
    }
    return found;
  }

  std::atomic<UserId> hidden{0};
  std::atomic<int> failures{0};
  std::mutex mutex;
  std::map<UserId, Timestamp> times;
};

class Told final : public PresenceEvents {
 public:
  void presence_changed(std::span<const PresenceChange> changes) override {
    const std::lock_guard lock(mutex_);
    if (while_telling) while_telling(changes.front());
    all_.insert(all_.end(), changes.begin(), changes.end());
    changed_.notify_all();
  }
  /// The next that was told, of whomever.
  PresenceChange next() {
    std::unique_lock lock(mutex_);
    REQUIRE(changed_.wait_for(lock, std::chrono::seconds(60), [&] { return all_.size() > read_; }));
    return all_[read_++];
  }
  bool all_read() {
    const std::lock_guard lock(mutex_);
    return all_.size() == read_;
  }

  std::function<void(const PresenceChange&)> while_telling;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<PresenceChange> all_;
  std::size_t read_ = 0;
};

/// Everybody is in the room with the number of the person and a zero.
class Rooms final : public Whereabouts {
 public:
  std::unordered_map<UserId, std::int64_t> rooms_of(std::span<const UserId> users) override {
    std::unordered_map<UserId, std::int64_t> all;
    for (const auto user : users) all[user] = user * 10;
    return all;
  }
};

struct Fixture {
  ~Fixture() { service.stop(); }

  void expect(UserId user, bool online) {
    const auto change = told.next();
    CHECK(change.user == user);
    CHECK(change.online == online);
    CHECK(change.friends == std::vector<UserId>{100});
  }

  SharedPresence presence;
  Contacts contacts;
  Told told;
  Rooms rooms;
  PresenceService service{{milliseconds(0), milliseconds(10), milliseconds(10)}, presence, contacts, told, &rooms};
};

}  // namespace

TEST_CASE("Where somebody is, is told of those alone who are seen to be there") {
  Fixture f;
  f.service.start();
  f.service.connected(1);
  const auto came = f.told.next();
  CHECK(came.online);
  CHECK(came.room_id == 10);
  // Not of somebody who is away, nor of somebody who hides: not even that there is something to tell.
  f.service.moved(2);
  f.contacts.hidden = 1;
  f.service.moved(1);
  f.service.visibility_changed(1);
  const auto hidden = f.told.next();
  CHECK_FALSE(hidden.online);
  CHECK(hidden.room_id == 0);
  f.contacts.hidden = 0;
  f.service.moved(1);
  const auto moved = f.told.next();
  CHECK(moved.user == 1);
  CHECK(moved.online);
  CHECK(moved.room_id == 10);
}

TEST_CASE("Only the first and the last socket anywhere are told") {
  Fixture f;
  f.presence.others = {2};
  f.service.start();
  f.service.connected(2);
  f.service.disconnected(2);
  f.service.connected(1);
  f.expect(1, true);
  f.service.disconnected(1);
  f.expect(1, false);
  CHECK(f.contacts.times.contains(1));
}

TEST_CASE("People of a replica that crashed are told to be gone") {
  Fixture f;
  f.service.start();
  {
    const std::lock_guard lock(f.presence.mutex);
    f.presence.swept.gone = {5, 6};
  }
  f.expect(5, false);
  f.expect(6, false);
}

TEST_CASE("News that were overtaken are told again as they are") {
  Fixture f;
  // While we tell that somebody went, they come to another replica, whose news are faster.
  f.told.while_telling = [&](const PresenceChange& change) {
    if (change.online) return;
    const std::lock_guard lock(f.presence.mutex);
    f.presence.others.insert(change.user);
  };
  f.service.connected(1);
  f.service.start();
  f.expect(1, true);
  f.service.disconnected(1);
  f.expect(1, false);
  f.expect(1, true);
}

TEST_CASE("What the store kept us from telling is told later") {
  Fixture f;
  f.contacts.failures = 3;
  f.service.connected(1);
  f.service.start();
  f.expect(1, true);
}

TEST_CASE("Whoever hides is not told of, until they show themselves") {
  Fixture f;
  f.contacts.hidden = 1;
  f.service.connected(1);
  f.service.start();
  f.service.connected(2);
  f.expect(2, true);
  f.service.visibility_changed(1);
  auto change = f.told.next();
  CHECK(change.user == 1);
  CHECK_FALSE(change.online);
  CHECK(change.last_seen == 0);
  f.contacts.hidden = 0;
  f.service.visibility_changed(1);
  change = f.told.next();
  CHECK(change.user == 1);
  CHECK(change.online);
  CHECK(change.last_seen > 0);
}

TEST_CASE("What one may not see looks like nobody") {
  Fixture f;
  f.presence.others = {1, 2, 60};
  f.contacts.hidden = 2;
  const std::vector<UserId> targets{1, 2, 60, 3};
  const auto views = f.service.view(100, targets);
  REQUIRE(views.has_value());
  REQUIRE(views->size() == 4);
  CHECK((*views)[0].online);
  CHECK((*views)[0].last_seen > 0);
  for (const std::size_t i : {1U, 2U, 3U}) {
    CHECK((*views)[i].user == targets[i]);
    CHECK_FALSE((*views)[i].online);
    CHECK((*views)[i].last_seen == 0);
  }
  CHECK((*views)[3].visible);
  CHECK_FALSE((*views)[1].visible);
}

TEST_CASE("At the end nobody is told, but when people were here is kept") {
  Fixture f;
  f.service.connected(1);
  f.service.start();
  f.expect(1, true);
  {
    const std::lock_guard lock(f.contacts.mutex);
    f.contacts.times.clear();
  }
  f.service.stop();
  CHECK(f.contacts.times.contains(1));
  CHECK(f.presence.retired);
  CHECK(f.told.all_read());
}

}  // namespace netherlink::friends
