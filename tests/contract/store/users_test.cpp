#include <algorithm>
#include <atomic>
#include <thread>

#include "engines.hpp"

namespace netherlink::store::testing {
namespace {

user::User person(user::UserId id, const std::string& name) {
  return {.id = id,
          .username = name,
          .nickname = "Nick " + name,
          .avatar_url = "",
          .bio = "",
          .email = "",
          .created_at = 1000 + id};
}

TEMPLATE_LIST_TEST_CASE("a user is found again by name, e-mail and id", "[users]", Engines) {
  TestType database;
  auto& users = database->users();
  auto ada = person((std::int64_t{1} << 62) + 5, "Ada");
  ada.email = "Ada@Example.org";
  ada.bio = "4 bytes: \U0001F469\u200D\U0001F680";
  ada.avatar_url = "https://example.org/a.png";
  must(users.insert(ada, "ada", "ada@example.org", "hash-1"));

  for (const auto* key : {"ada", "ada@example.org"}) {
    const auto found = must(users.find_by_name_or_email(key));
    REQUIRE(found);
    CHECK(found->user.id == ada.id);
    CHECK(found->user.username == "Ada");
    CHECK(found->user.nickname == "Nick Ada");
    CHECK(found->user.avatar_url == ada.avatar_url);
    CHECK(found->user.bio == ada.bio);
    CHECK(found->user.email == "Ada@Example.org");
    CHECK(found->user.created_at == ada.created_at);
    CHECK(found->password_hash == "hash-1");
  }
  CHECK(must(users.find_credentials(ada.id))->user.username == "Ada");
  CHECK_FALSE(must(users.find_credentials(1)));
  CHECK_FALSE(must(users.find_by_name_or_email("Ada")));  // keys are compared byte by byte
  CHECK_FALSE(must(users.find_by_name_or_email("")));
}

TEMPLATE_LIST_TEST_CASE("names and e-mail addresses are unique, no address is not", "[users]", Engines) {
  TestType database;
  auto& users = database->users();
  must(users.insert(person(1, "ada"), "ada", "mail", "h"));
  CHECK(users.insert(person(2, "ADA"), "ada", "", "h").error().is(errors::user_name_taken));
  CHECK(users.insert(person(3, "bob"), "bob", "mail", "h").error().is(errors::user_name_taken));
  must(users.insert(person(4, "bob"), "bob", "", "h"));
  must(users.insert(person(5, "eve"), "eve", "", "h"));
  CHECK(must(users.find_by_name_or_email("bob"))->user.id == 4);
}

TEMPLATE_LIST_TEST_CASE("of those who race for a name one wins", "[users]", Engines) {
  TestType database;
  for (int round = 0; round < 5; ++round) {
    std::atomic<int> won = 0, lost = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&, t] {
        const auto inserted =
            database->users().insert(person(round * 10 + t + 1, "Ada"), "ada" + std::to_string(round), "", "h");
        if (inserted) {
          ++won;
        } else if (inserted.error().is(errors::user_name_taken)) {
          ++lost;
        }
      });
    }
    for (auto& thread : threads) thread.join();
    CHECK(won == 1);
    CHECK(lost == 3);
  }
}

TEMPLATE_LIST_TEST_CASE("many users are read at once", "[users]", Engines) {
  TestType database;
  auto& users = database->users();
  std::vector<user::UserId> ids;
  for (user::UserId id = 1; id <= 30; ++id) {
    must(users.insert(person(id * 1'000'000'007, "u" + std::to_string(id)), "u" + std::to_string(id), "", "h"));
    ids.push_back(id * 1'000'000'007);
  }
  for (user::UserId id = 1; id <= 1500; ++id) ids.push_back(id);  // nobody, and more than one statement takes
  auto found = must(users.find(ids));
  REQUIRE(found.size() == 30);
  CHECK(must(users.find({})).empty());
}

TEMPLATE_LIST_TEST_CASE("a profile changes in what is given", "[users]", Engines) {
  TestType database;
  auto& users = database->users();
  must(users.insert(person(7, "ada"), "ada", "", "h"));
  auto changed = must(users.update_profile(7, {.nickname = "Countess", .avatar_url = {}, .bio = "it's \"me\""}));
  REQUIRE(changed);
  CHECK(changed->nickname == "Countess");
  CHECK(changed->bio == "it's \"me\"");
  CHECK(changed->username == "ada");
  changed = must(users.update_profile(7, {.nickname = {}, .avatar_url = "x", .bio = ""}));
  CHECK(changed->nickname == "Countess");
  CHECK(changed->avatar_url == "x");
  CHECK(changed->bio.empty());
  CHECK(must(users.update_profile(7, {}))->nickname == "Countess");
  CHECK_FALSE(must(users.update_profile(8, {.nickname = "x", .avatar_url = {}, .bio = {}})));
}

TEMPLATE_LIST_TEST_CASE("a password changes only from the one expected", "[users]", Engines) {
  TestType database;
  auto& users = database->users();
  must(users.insert(person(7, "ada"), "ada", "", "old"));
  CHECK_FALSE(must(users.update_password(7, "other", "new")));
  CHECK(must(users.update_password(7, "old", "new")));
  CHECK_FALSE(must(users.update_password(7, "old", "newer")));
  CHECK_FALSE(must(users.update_password(8, "old", "new")));
  CHECK(must(users.find_credentials(7))->password_hash == "new");

  std::atomic<int> won = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] { won += must(users.update_password(7, "new", "by " + std::to_string(t))) ? 1 : 0; });
  }
  for (auto& thread : threads) thread.join();
  CHECK(won == 1);
}

TEMPLATE_LIST_TEST_CASE("users survive reopening", "[users]", Engines) {
  TestType database;
  must(database->users().insert(person(7, "ada"), "ada", "", "old"));
  database.reopen();
  CHECK(must(database->users().find_by_name_or_email("ada"))->user.id == 7);
}

}  // namespace
}  // namespace netherlink::store::testing
