#include <algorithm>
#include <atomic>
#include <thread>

#include "engines.hpp"

namespace netherlink::store::testing {
namespace {

user::User person(user::UserId id, const std::string& name) {
  user::User user;
  user.id = id;
  user.username = user.nickname = name;
  user.email = name + "@example.org";
  user.bio = "somebody";
  return user;
}

user::Session session(user::SessionId id, user::UserId user) {
  user::Session made;
  made.id = id;
  made.user_id = user;
  made.device = {"d-1", "Somebody's phone", "android"};
  made.expires_at = core::now_ms() + 1'000'000;
  return made;
}

user::PreferenceChange hide() {
  user::PreferenceChange change;
  change.show_presence = false;
  return change;
}

using Named = std::vector<std::string>;

Named names(Store& store, std::string_view prefix, std::string_view after = {}, std::size_t limit = 100) {
  Named found;
  for (const auto& named : must(store.users().search(prefix, after, limit))) found.push_back(named.name_key);
  return found;
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("people are found by the bytes their name begins with", "[users]", Engines) {
  TestType database;
  user::UserId id = 0;
  for (const auto* name : {"ab", "abc", "abd", "a\u00E9", "ac", "b", "\u6771\u4EAC", "\u6771\u90FD", "\U0001F600"}) {
    must(database->users().insert(person(++id, name), name, "", "hash"));
  }
  CHECK(names(*database, "ab") == Named{"ab", "abc", "abd"});
  CHECK(names(*database, "a") == Named{"ab", "abc", "abd", "ac", "a\u00E9"});
  CHECK(names(*database, "a", "abc", 2) == Named{"abd", "ac"});
  CHECK(names(*database, "abd") == Named{"abd"});
  CHECK(names(*database, "A").empty());
  CHECK(names(*database, "\u6771") == Named{"\u6771\u4EAC", "\u6771\u90FD"});
  CHECK(names(*database, "\U0001F600") == Named{"\U0001F600"});
}

TEMPLATE_LIST_TEST_CASE("an erased account keeps nothing personal, and frees its name", "[users]", Engines) {
  TestType database;
  auto& users = database->users();
  must(users.insert(person(1, "ada"), "ada", "ada@example.org", "hash"));
  must(users.insert(person(2, "bob"), "bob", "", "hash"));
  must(database->sessions().insert(session(10, 1)));
  must(database->sessions().insert(session(11, 1)));
  must(database->sessions().insert(session(20, 2)));
  must(database->preferences().change(1, hide()));

  CHECK_FALSE(must(users.erase(1, "another hash", 1000)));
  CHECK(must(users.departures()).empty());
  auto revoked = must(users.erase(1, "hash", 1000));
  REQUIRE(revoked);
  std::sort(revoked->begin(), revoked->end());
  CHECK(*revoked == std::vector<user::SessionId>{10, 11});
  CHECK_FALSE(must(users.erase(1, "hash", 1001)));
  CHECK_FALSE(must(users.erase(1, "", 1001)));

  const auto left = must(users.find(std::vector<user::UserId>{1}));
  REQUIRE(left.size() == 1);
  CHECK(left[0].deleted);
  CHECK(left[0].nickname == "deleted user");
  for (const auto& text : {left[0].username, left[0].email, left[0].bio, left[0].avatar_url}) CHECK(text.empty());
  CHECK_FALSE(must(users.find_credentials(1)));
  CHECK_FALSE(must(users.find_by_name_or_email("ada")));
  CHECK_FALSE(must(users.find_by_name_or_email("ada@example.org")));
  user::ProfileChange back;
  back.nickname = "back";
  CHECK_FALSE(must(users.update_profile(1, back)));
  CHECK(names(*database, "a").empty());
  CHECK(must(database->sessions().of_user(1)).empty());
  CHECK(must(database->sessions().find(10))->device.name.empty());
  CHECK(must(database->sessions().of_user(2)).size() == 1);
  CHECK(must(database->preferences().find(1)) == user::Preferences());
  CHECK_FALSE(database->preferences().change(1, hide()).has_value());

  must(users.insert(person(3, "ada"), "ada", "ada@example.org", "hash"));
  CHECK(must(users.find_by_name_or_email("ada"))->user.id == 3);
  CHECK(must(users.departures()) == std::vector<user::UserId>{1});
  must(users.departed(1));
  must(users.departed(1));
  CHECK(must(users.departures()).empty());
}

TEMPLATE_LIST_TEST_CASE("of two who erase an account one does", "[users]", Engines) {
  TestType database;
  must(database->users().insert(person(1, "ada"), "ada", "", "hash"));
  std::atomic<int> done{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&, i] {
      if (must(database->users().erase(1, "hash", 1000 + i))) ++done;
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(done == 1);
}

TEMPLATE_LIST_TEST_CASE("preferences are what was changed last, field by field", "[preferences]", Engines) {
  TestType database;
  must(database->users().insert(person(1, "ada"), "ada", "", "hash"));
  auto& preferences = database->preferences();
  CHECK(must(preferences.find(1)) == user::Preferences());
  user::Preferences::DoNotDisturb quiet{22 * 60, 7 * 60 + 30, "Europe/Berlin"};
  user::PreferenceChange change;
  change.dnd = quiet;
  change.friends_only = true;
  const auto changed = must(preferences.change(1, change));
  CHECK(changed.before == user::Preferences());
  CHECK(changed.after.dnd == quiet);
  change = {};
  change.notifications = user::Preferences::Notifications::none;
  CHECK(must(preferences.change(1, change)).before == changed.after);
  const auto found = must(preferences.find(1));
  CHECK(found.dnd == quiet);
  CHECK(found.friends_only);
  CHECK(found.show_presence);
  CHECK(found.notifications == user::Preferences::Notifications::none);
  change = {};
  change.dnd.emplace();
  CHECK_FALSE(must(preferences.change(1, change)).after.dnd);
  CHECK_FALSE(must(preferences.find(1)).dnd);
}

TEMPLATE_LIST_TEST_CASE("when people were seen never goes back", "[contacts]", Engines) {
  TestType database;
  must(database->users().insert(person(1, "ada"), "ada", "", "hash"));
  must(database->users().insert(person(2, "bob"), "bob", "", "hash"));
  auto& contacts = database->contacts();
  using Seen = friends::ContactRepository::Seen;
  must(contacts.note_seen(std::vector<Seen>{{1, 500}, {2, 100}, {1, 300}, {77, 1}}));
  must(contacts.note_seen(std::vector<Seen>{{1, 400}, {2, 200}}));
  auto seen = must(contacts.last_seen(std::vector<user::UserId>{1, 2, 77}));
  std::sort(seen.begin(), seen.end(), [](const Seen& a, const Seen& b) { return a.user < b.user; });
  REQUIRE(seen.size() == 2);
  CHECK(seen[0].at == 500);
  CHECK(seen[1].at == 200);
}

TEMPLATE_LIST_TEST_CASE("an audience is the friends, unless somebody hides", "[contacts]", Engines) {
  TestType database;
  for (user::UserId id = 1; id <= 3; ++id) {
    must(database->users().insert(person(id, "user" + std::to_string(id)), "user" + std::to_string(id), "", "hash"));
  }
  const auto befriend = [](friends::Pair& pair) -> core::result<void> {
    pair.friends_since = 5;
    return {};
  };
  must(database->friends().change(1, 2, befriend));
  must(database->friends().change(3, 1, befriend));
  must(database->preferences().change(2, hide()));
  auto audiences = must(database->contacts().audiences(std::vector<user::UserId>{1, 2}));
  std::sort(audiences[1].friends.begin(), audiences[1].friends.end());
  CHECK(audiences[1].friends == std::vector<user::UserId>{2, 3});
  CHECK(audiences[1].shows_presence);
  CHECK(audiences[2].friends == std::vector<user::UserId>{1});
  CHECK_FALSE(audiences[2].shows_presence);
  const auto standings = must(database->contacts().standings(3, std::vector<user::UserId>{2, 1, 99, 2}));
  REQUIRE(standings.size() == 4);
  CHECK_FALSE(standings[0].presence_visible());
  CHECK(standings[1].friends);
  CHECK_FALSE(standings[2].exists);
  CHECK(standings[3].target == 2);
}

}  // namespace netherlink::store::testing
