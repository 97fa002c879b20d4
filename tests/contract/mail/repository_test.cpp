// MailRepository, on each engine.
#include <atomic>
#include <set>
#include <thread>

#include "contract/store/engines.hpp"
#include "netherlink/core/ids.hpp"

namespace netherlink::store::testing {
namespace {

using namespace std::chrono_literals;
using mail::Code;
using mail::Letter;
using mail::Topic;

constexpr std::size_t most = 5;

Letter letter(std::int64_t id, core::UserId user = 1) {
  return {.id = id,
          .topic = Topic::verify,
          .language = mail::Language::chinese,
          .user_id = user,
          .address = "Ada@例子.example",
          .address_key = "ada@例子.example",
          .created_at = core::now_ms()};
}

Code code(const std::string& selector, Topic topic, core::UserId user, const std::string& address) {
  return {.selector = selector,
          .hash = selector + "-hash",
          .topic = topic,
          .user_id = user,
          .address = address,
          .address_key = address};
}

void add_user(Store& store, core::UserId id, const std::string& email, const std::string& email_key) {
  const user::User user{.id = id,
                        .username = "u" + std::to_string(id),
                        .nickname = "n",
                        .avatar_url = "",
                        .bio = "",
                        .email = email,
                        .created_at = 1};
  must(store.users().insert(user, user.username, email_key, "hash"));
}

user::User read_user(Store& store, core::UserId id) {
  return must(store.users().find_credentials(id))->user;
}

void add_session(Store& store, core::SessionId id, core::UserId user) {
  const auto now = core::now_ms();
  must(store.sessions().insert(
      {.id = id, .user_id = user, .device = {}, .created_at = now, .last_seen_at = now, .expires_at = now + 60'000}));
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("mail: a letter is one's who takes it, until the lease is over", "[mail]", Engines) {
  TestType database;
  auto& repository = database->mail();
  CHECK_FALSE(must(repository.take(1min)));
  const auto written = letter(7);
  must(repository.accept(std::span(&written, 1), 10));
  const auto taken = must(repository.take(1min));
  REQUIRE(taken);
  CHECK(taken->id == 7);
  CHECK(taken->address == written.address);
  CHECK(taken->address_key == written.address_key);
  CHECK(taken->language == mail::Language::chinese);
  CHECK(taken->user_id == 1);
  CHECK(taken->created_at == written.created_at);
  CHECK(taken->attempts == 1);
  CHECK_FALSE(must(repository.take(1min)));

  must(repository.put_back(*taken, 0ms));
  const auto again = must(repository.take(0ms));
  REQUIRE(again);
  CHECK(again->attempts == 2);
  // Whoever was too slow changes nothing any more.
  must(repository.done(*taken));
  must(repository.put_back(*taken, 1h));
  const auto third = must(repository.take(1min));
  REQUIRE(third);
  CHECK(must(repository.waiting()) == 1);
  must(repository.done(*third));
  CHECK(must(repository.waiting()) == 0);
}

TEMPLATE_LIST_TEST_CASE("mail: of those who take at once each letter has one", "[mail]", Engines) {
  TestType database;
  auto& repository = database->mail();
  std::vector<Letter> letters;
  for (std::int64_t id = 1; id <= 40; ++id) letters.push_back(letter(id));
  must(repository.accept(letters, 100));
  std::mutex mutex;
  std::multiset<std::int64_t> taken;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      while (true) {
        const auto one = must(repository.take(1min));
        // Others may have been faster with all that was looked at.
        if (!one && must(repository.waiting()) == 0) return;
        if (!one) continue;
        must(repository.done(*one));
        const std::lock_guard lock(mutex);
        taken.insert(one->id);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(taken.size() == 40);
  CHECK(std::set<std::int64_t>(taken.begin(), taken.end()).size() == 40);
}

TEMPLATE_LIST_TEST_CASE("mail: only so many wait", "[mail]", Engines) {
  TestType database;
  auto& repository = database->mail();
  const Letter letters[] = {letter(1), letter(2)}, one = letter(3);
  must(repository.accept(letters, 2));
  const auto refused = repository.accept(std::span(&one, 1), 2);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().is(errors::server_overloaded));
  must(repository.accept({}, 0));
}

TEMPLATE_LIST_TEST_CASE("mail: a code confirms an address once, while it is wanted", "[mail]", Engines) {
  TestType database;
  auto& repository = database->mail();
  add_user(*database, 1, "a@x.example", "");
  const auto good = code("AAAAAAAA", Topic::verify, 1, "a@x.example");
  CHECK(must(repository.issue(good, 1min)));
  CHECK(must(repository.issue(good, 1min)));
  CHECK(must(repository.owner(good, most)) == 1);
  auto other_topic = good;
  other_topic.topic = Topic::reset;
  CHECK(repository.confirm(other_topic, most).error().is(errors::email_code_invalid));
  CHECK(must(repository.confirm(good, most)) == 1);
  CHECK(read_user(*database, 1).email_verified);
  CHECK(must(database->users().find_by_name_or_email("a@x.example"))->user.id == 1);
  CHECK(repository.confirm(good, most).error().is(errors::email_code_invalid));
  CHECK_FALSE(must(repository.issue(good, 1min)));  // and stays used

  const auto word = letter(9);
  must(repository.propose(1, "b@x.example", std::span(&word, 1), 10));
  CHECK(read_user(*database, 1).email_pending == "b@x.example");
  CHECK(read_user(*database, 1).email == "a@x.example");
  CHECK(must(repository.waiting()) == 1);
  const auto early = code("BBBBBBBB", Topic::verify, 1, "b@x.example");
  CHECK(must(repository.issue(early, 1min)));
  must(repository.propose(1, "c@x.example", {}, 10));
  CHECK(repository.confirm(early, most).error().is(errors::email_code_invalid));
  const auto late = code("CCCCCCCC", Topic::verify, 1, "b@x.example");
  CHECK(must(repository.issue(late, 1min)));  // of a letter that was under way
  CHECK(repository.confirm(late, most).error().is(errors::email_code_invalid));
  CHECK(read_user(*database, 1).email == "a@x.example");

  must(repository.remove(1, {}, 10));
  CHECK(read_user(*database, 1).email.empty());
  CHECK(read_user(*database, 1).email_pending.empty());
  CHECK_FALSE(must(database->users().find_by_name_or_email("a@x.example")));
}

TEMPLATE_LIST_TEST_CASE("mail: an address that is confirmed is nobody else's", "[mail]", Engines) {
  TestType database;
  auto& repository = database->mail();
  add_user(*database, 1, "a@x.example", "a@x.example");  // said it while there was no mail
  add_user(*database, 2, "a@x.example", "");
  add_user(*database, 3, "a@x.example", "");
  const auto second = code("AAAAAAAA", Topic::verify, 2, "a@x.example"),
             third = code("BBBBBBBB", Topic::verify, 3, "a@x.example");
  for (const auto& one : {second, third}) CHECK(must(repository.issue(one, 1min)));
  std::atomic<int> won = 0, taken = 0;
  std::vector<std::thread> threads;
  for (const auto& one : {second, third}) {
    threads.emplace_back([&, one] {
      const auto confirmed = repository.confirm(one, most);
      won += confirmed ? 1 : 0;
      taken += !confirmed && confirmed.error().is(errors::email_taken) ? 1 : 0;
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(won == 1);
  CHECK(taken == 1);
  const auto holder = must(database->users().find_by_name_or_email("a@x.example"));
  REQUIRE(holder);
  CHECK(holder->user.email_verified);
  CHECK(holder->user.id != 1);
}

TEMPLATE_LIST_TEST_CASE("mail: of those who reset with one code one does, and all sessions end", "[mail]", Engines) {
  TestType database;
  auto& repository = database->mail();
  add_user(*database, 1, "a@x.example", "");
  const auto proof = code("AAAAAAAA", Topic::verify, 1, "a@x.example");
  CHECK(must(repository.issue(proof, 1min)));
  must(repository.confirm(proof, most));
  for (core::SessionId id = 11; id <= 13; ++id) add_session(*database, id, 1);
  const auto good = code("BBBBBBBB", Topic::reset, 1, "a@x.example"),
             spare = code("CCCCCCCC", Topic::reset, 1, "a@x.example");
  for (const auto& one : {good, spare}) CHECK(must(repository.issue(one, 1min)));
  std::atomic<int> won = 0, lost = 0;
  std::atomic<std::size_t> ended = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      auto notice = letter(100 + t);
      notice.topic = Topic::password_reset;
      const auto done = repository.reset(good, most, "by " + std::to_string(t), notice);
      if (done) {
        ++won;
        ended = done->ended.size();
      } else if (done.error().is(errors::email_code_invalid)) {
        ++lost;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(won == 1);
  CHECK(lost == 3);
  CHECK(ended == 3);
  CHECK(must(database->sessions().of_user(1)).empty());
  CHECK(must(database->users().find_credentials(1))->password_hash.starts_with("by "));
  const auto notice = must(repository.take(1min));
  REQUIRE(notice);
  CHECK(notice->address == "a@x.example");
  CHECK(notice->user_id == 1);
  CHECK(repository.owner(spare, most).error().is(errors::email_code_invalid));

  // A password that is changed otherwise ends what was sent before, too.
  const auto later = code("DDDDDDDD", Topic::reset, 1, "a@x.example");
  CHECK(must(repository.issue(later, 1min)));
  CHECK(must(database->users().update_password(1, must(database->users().find_credentials(1))->password_hash, "new")));
  CHECK(repository.owner(later, most).error().is(errors::email_code_invalid));
}

TEMPLATE_LIST_TEST_CASE("mail: wrong guesses and time end a code", "[mail]", Engines) {
  TestType database;
  auto& repository = database->mail();
  add_user(*database, 1, "a@x.example", "");
  const auto good = code("AAAAAAAA", Topic::verify, 1, "a@x.example");
  CHECK(must(repository.issue(good, 1min)));
  auto wrong = good;
  wrong.hash = "another";
  for (std::size_t guess = 0; guess + 1 < most; ++guess) {
    CHECK(repository.owner(wrong, most).error().is(errors::email_code_invalid));
  }
  CHECK(must(repository.owner(good, most)) == 1);
  CHECK(repository.confirm(wrong, most).error().is(errors::email_code_invalid));
  CHECK(repository.confirm(good, most).error().is(errors::email_code_invalid));

  const auto brief = code("BBBBBBBB", Topic::verify, 1, "a@x.example");
  CHECK(must(repository.issue(brief, 0ms)));
  CHECK(repository.confirm(brief, most).error().is(errors::email_code_invalid));
  CHECK(must(repository.issue(brief, 1min)));  // sent again
  CHECK(must(repository.confirm(brief, most)) == 1);
  must(repository.purge(-1h));
  CHECK(must(repository.issue(brief, 1min)));  // forgotten
}

TEMPLATE_LIST_TEST_CASE("mail: nothing is left of an account that is deleted", "[mail]", Engines) {
  TestType database;
  auto& repository = database->mail();
  add_user(*database, 1, "a@x.example", "");
  const auto good = code("AAAAAAAA", Topic::verify, 1, "a@x.example");
  CHECK(must(repository.issue(good, 1min)));
  const auto written = letter(7);
  must(repository.accept(std::span(&written, 1), 10));
  CHECK(must(database->users().erase(1, "hash", core::now_ms())));
  CHECK(must(repository.waiting()) == 0);
  CHECK(repository.confirm(good, most).error().is(errors::email_code_invalid));
}

}  // namespace netherlink::store::testing
