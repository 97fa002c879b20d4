#include <algorithm>
#include <atomic>
#include <thread>

#include "engines.hpp"

namespace netherlink::store::testing {
namespace {

const core::Timestamp now = core::now_ms();

user::Session session(user::SessionId id, user::UserId user, core::Timestamp created_at = now) {
  return {.id = id,
          .user_id = user,
          .device = {.id = "d-" + std::to_string(id), .name = "Phone \U0001F4F1", .platform = "android"},
          .created_at = created_at,
          .last_seen_at = created_at,
          .expires_at = now + 1'000'000,
          .refresh_generation = 0,
          .revoked_at = 0};
}

TEMPLATE_LIST_TEST_CASE("a session is found as it was written", "[sessions]", Engines) {
  TestType database;
  auto& sessions = database->sessions();
  const auto written = session((std::int64_t{1} << 61) + 3, 42);
  must(sessions.insert(written));
  const auto found = must(sessions.find(written.id));
  REQUIRE(found);
  CHECK(found->user_id == 42);
  CHECK(found->device.id == written.device.id);
  CHECK(found->device.name == written.device.name);
  CHECK(found->device.platform == "android");
  CHECK(found->created_at == written.created_at);
  CHECK(found->last_seen_at == written.last_seen_at);
  CHECK(found->expires_at == written.expires_at);
  CHECK(found->refresh_generation == 0);
  CHECK(found->revoked_at == 0);
  CHECK_FALSE(must(sessions.find(4)));
}

TEMPLATE_LIST_TEST_CASE("a user's live sessions come newest first", "[sessions]", Engines) {
  TestType database;
  auto& sessions = database->sessions();
  must(sessions.insert(session(1, 42, now - 30)));
  must(sessions.insert(session(2, 42, now - 10)));
  must(sessions.insert(session(3, 42, now - 20)));
  must(sessions.insert(session(4, 43)));
  auto expired = session(5, 42);
  expired.expires_at = now - 1;
  must(sessions.insert(expired));
  CHECK(must(sessions.revoke(42, std::vector<user::SessionId>{3}, now)).size() == 1);
  const auto live = must(sessions.of_user(42));
  REQUIRE(live.size() == 2);
  CHECK(live[0].id == 2);
  CHECK(live[1].id == 1);
  CHECK(must(sessions.of_user(99)).empty());
}

TEMPLATE_LIST_TEST_CASE("a refresh generation moves once", "[sessions]", Engines) {
  TestType database;
  auto& sessions = database->sessions();
  must(sessions.insert(session(1, 42)));
  CHECK(must(sessions.rotate(1, 0, now + 5, now + 500)));
  CHECK_FALSE(must(sessions.rotate(1, 0, now + 6, now + 600)));
  CHECK_FALSE(must(sessions.rotate(2, 0, now + 6, now + 600)));
  const auto found = must(sessions.find(1));
  CHECK(found->refresh_generation == 1);
  CHECK(found->last_seen_at == now + 5);
  CHECK(found->expires_at == now + 500);
  must(sessions.revoke(42, std::vector<user::SessionId>{1}, now));
  CHECK_FALSE(must(sessions.rotate(1, 1, now, now)));
}

TEMPLATE_LIST_TEST_CASE("of those who race to rotate one wins", "[sessions]", Engines) {
  TestType database;
  must(database->sessions().insert(session(1, 42)));
  for (std::int64_t generation = 0; generation < 10; ++generation) {
    std::atomic<int> won = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 2; ++t) {
      threads.emplace_back([&] { won += must(database->sessions().rotate(1, generation, now, now + 10)) ? 1 : 0; });
    }
    for (auto& thread : threads) thread.join();
    CHECK(won == 1);
  }
}

TEMPLATE_LIST_TEST_CASE("only the live ones of the user are revoked, once", "[sessions]", Engines) {
  TestType database;
  auto& sessions = database->sessions();
  for (user::SessionId id = 1; id <= 4; ++id) must(sessions.insert(session(id, id == 4 ? 43 : 42)));
  must(sessions.revoke(42, std::vector<user::SessionId>{1}, now - 100));
  auto revoked = must(sessions.revoke(42, std::vector<user::SessionId>{1, 2, 3, 4, 5}, now));
  std::ranges::sort(revoked);
  CHECK(revoked == std::vector<user::SessionId>{2, 3});
  CHECK(must(sessions.find(1))->revoked_at == now - 100);
  CHECK(must(sessions.find(2))->revoked_at == now);
  CHECK(must(sessions.find(4))->revoked_at == 0);
  CHECK(must(sessions.revoke(42, {}, now)).empty());

  auto since = must(sessions.revoked_since(now - 50));
  CHECK(since.size() == 2);
  CHECK(must(sessions.revoked_since(now - 100)).size() == 3);
  CHECK(must(sessions.revoked_since(0)).size() == 3);
  CHECK(must(sessions.revoked_since(now + 1)).empty());
}

TEMPLATE_LIST_TEST_CASE("touching never goes back", "[sessions]", Engines) {
  TestType database;
  auto& sessions = database->sessions();
  std::vector<user::SessionId> ids;
  for (user::SessionId id = 1; id <= 1200; ++id) ids.push_back(id);
  must(sessions.insert(session(1, 42, now)));
  must(sessions.insert(session(1200, 42, now)));
  must(sessions.touch(ids, now + 7));
  must(sessions.touch(ids, now + 3));
  CHECK(must(sessions.find(1))->last_seen_at == now + 7);
  CHECK(must(sessions.find(1200))->last_seen_at == now + 7);
  must(sessions.touch({}, now));
}

TEMPLATE_LIST_TEST_CASE("what has expired is purged", "[sessions]", Engines) {
  TestType database;
  auto& sessions = database->sessions();
  for (user::SessionId id = 1; id <= 20; ++id) {
    auto one = session(id, 42);
    one.expires_at = now + id;
    must(sessions.insert(one));
  }
  must(sessions.purge(now + 11));
  CHECK_FALSE(must(sessions.find(10)));
  CHECK(must(sessions.find(11)));
  must(sessions.purge(now));
  CHECK(must(sessions.of_user(42)).size() <= 10);
}

}  // namespace
}  // namespace netherlink::store::testing
