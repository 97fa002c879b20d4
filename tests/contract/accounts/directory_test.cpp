#include <atomic>

#include "account_fixture.hpp"
#include "netherlink/metrics/metrics.hpp"

using namespace netherlink;
using namespace netherlink::user;
using namespace netherlink::user::testing;

namespace {

double misses() {
  return metrics::counter("netherlink_cache_misses_total", "Not answered by a cache", {{"cache", "users"}}).value();
}

}  // namespace

TEST_CASE("the directory finds people and remembers them", "[directory]") {
  Accounts accounts;
  const User alice = accounts.person("alice").user, bob = accounts.person("bob").user;
  UserDirectory directory(accounts.database->users(), 100);
  const double before = misses();
  for (int i = 0; i < 3; ++i) {
    const auto found = must(directory.find(alice.id));
    REQUIRE(found);
    CHECK(found->username == "alice");
  }
  CHECK(misses() == before + 1);

  const UserId wanted[] = {bob.id, 1, alice.id, bob.id};
  const auto users = must(directory.find(wanted));
  REQUIRE(users.size() == 3);
  CHECK(users[0].id == bob.id);
  CHECK(users[1].id == alice.id);
  CHECK(users[2].id == bob.id);
  CHECK(must(directory.find(std::span<const UserId>())).empty());
}

TEST_CASE("who does not exist yet is found as soon as they do", "[directory]") {
  Accounts accounts;
  UserDirectory directory(accounts.database->users(), 100);
  User later{
      .id = 12345, .username = "later", .nickname = "later", .avatar_url = "", .bio = "", .email = "", .created_at = 1};
  CHECK_FALSE(must(directory.find(later.id)));
  must(accounts.database->users().insert(later, "later", "", "hash"));
  CHECK(must(directory.find(later.id)));
}

TEST_CASE("the directory keeps those used last", "[directory]") {
  Accounts accounts;
  std::vector<UserId> ids;
  for (const char* name : {"alice", "bob", "carol"}) ids.push_back(accounts.person(name).user.id);
  UserDirectory directory(accounts.database->users(), 2);
  const auto costs_a_miss = [&](UserId id) {
    const double before = misses();
    CHECK(must(directory.find(id)));
    return misses() > before;
  };
  CHECK(costs_a_miss(ids[0]));
  CHECK(costs_a_miss(ids[1]));
  CHECK_FALSE(costs_a_miss(ids[0]));
  CHECK(costs_a_miss(ids[2]));
  CHECK_FALSE(costs_a_miss(ids[0]));
  CHECK(costs_a_miss(ids[1]));
}

TEST_CASE("what was forgotten is never answered again", "[directory][race]") {
  Accounts accounts;
  const UserId alice = accounts.person("alice").user.id;
  UserDirectory directory(accounts.database->users(), 100);
  std::atomic<bool> done{false};
  std::atomic<int> written{0}, old_answers{0};
  in_parallel(3U, [&](std::size_t i) {
    if (i > 0) {
      while (!done) {
        const int expected = written;
        const auto user = directory.find(alice);
        if (expected > 0 && user && *user && std::stoi((*user)->nickname) < expected) ++old_answers;
      }
      return;
    }
    for (int n = 1; n <= 200; ++n) {
      ProfileChange change;
      change.nickname = std::to_string(n);
      if (!accounts.service.update_profile(alice, change)) ++old_answers;
      directory.forget(alice);
      written = n;
    }
    done = true;
  });
  CHECK(old_answers == 0);
}
