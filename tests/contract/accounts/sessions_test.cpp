#include <atomic>
#include <barrier>
#include <chrono>

#include "account_fixture.hpp"

using namespace netherlink;
using namespace netherlink::user;
using namespace netherlink::user::testing;

TEST_CASE("a refresh token works once and is followed by another", "[sessions]") {
  Accounts accounts;
  const Login login = accounts.person("alice");
  std::string token = login.tokens.refresh_token;
  for (int i = 0; i < 5; ++i) {
    const Tokens tokens = must(accounts.service.refresh(token));
    CHECK(tokens.session_id == login.tokens.session_id);
    CHECK(tokens.refresh_token != token);
    CHECK(must(accounts.signer.verify(tokens.access_token, core::now_ms())).user_id == login.user.id);
    token = tokens.refresh_token;
  }
  CHECK(accounts.events.size() == 0);
}

TEST_CASE("a refresh token that comes again ends its session", "[sessions]") {
  Accounts accounts;
  const Login login = accounts.person("alice");
  const Tokens second = must(accounts.service.refresh(login.tokens.refresh_token));
  const Tokens third = must(accounts.service.refresh(second.refresh_token));
  CHECK(code_of(accounts.service.refresh(login.tokens.refresh_token)) == "auth.refresh_invalid");
  CHECK(accounts.events.count(login.tokens.session_id) == 1);
  CHECK_FALSE(accounts.is_live(login.tokens.session_id));
  CHECK(code_of(accounts.service.refresh(third.refresh_token)) == "auth.refresh_invalid");
  CHECK(accounts.events.size() == 1);
}

TEST_CASE("of two who refresh with one token at once, one gets tokens and the session ends", "[sessions][race]") {
  Accounts accounts;
  const Login alice = accounts.person("alice");
  for (int round = 0; round < 20; ++round) {
    const Login login = must(accounts.service.login("alice", good_password, {}));
    std::barrier start(2);
    std::atomic<int> won{0}, refused{0};
    in_parallel(2U, [&](std::size_t) {
      start.arrive_and_wait();
      const auto tokens = accounts.service.refresh(login.tokens.refresh_token);
      if (tokens) ++won;
      if (code_of(tokens) == "auth.refresh_invalid") ++refused;
    });
    CHECK(won == 1);
    CHECK(refused == 1);
    CHECK_FALSE(accounts.is_live(login.tokens.session_id));
    CHECK(accounts.events.count(login.tokens.session_id) == 1);
  }
  CHECK(accounts.is_live(alice.tokens.session_id));
}

TEST_CASE("refresh tokens of sessions that are over, unknown or foreign are refused", "[sessions]") {
  Accounts accounts;
  const Login login = accounts.person("alice");
  const crypto::TokenSigner foreign({std::string(32, 'f')});
  const auto refused = [&](const std::string& token) {
    return code_of(accounts.service.refresh(token)) == "auth.refresh_invalid";
  };
  CHECK(refused(""));
  CHECK(refused(login.tokens.access_token));
  CHECK(refused(foreign.sign_refresh({login.tokens.session_id, 0})));
  CHECK(refused(accounts.signer.sign_refresh({12345, 0})));
  CHECK(refused(accounts.signer.sign_refresh({login.tokens.session_id, 7})));  // not handed out yet
  CHECK(accounts.is_live(login.tokens.session_id));
  must(accounts.service.logout(Accounts::principal(login)));
  CHECK(refused(login.tokens.refresh_token));
}

TEST_CASE("an expired session is over", "[sessions]") {
  Accounts accounts({std::chrono::seconds(900), std::chrono::seconds(0), 8, 100});
  const Login login = accounts.person("alice");
  CHECK(code_of(accounts.service.refresh(login.tokens.refresh_token)) == "auth.refresh_invalid");
  CHECK(must(accounts.service.sessions(Accounts::principal(login))).empty());
  CHECK(code_of(accounts.service.revoke_session(Accounts::principal(login), login.tokens.session_id)) ==
        "resource.not_found");
}

TEST_CASE("access tokens do not outlive their session", "[sessions]") {
  Accounts accounts({std::chrono::seconds(900), std::chrono::seconds(60), 8, 100});
  const Login login = accounts.person("alice");
  CHECK(login.tokens.expires_in <= 61);
  CHECK(must(accounts.signer.verify(login.tokens.access_token, core::now_ms())).expires_at <= core::now_ms() + 60'000);
}

TEST_CASE("sessions are revoked by their owner alone, once", "[sessions]") {
  Accounts accounts;
  const Login alice = accounts.person("alice"), bob = accounts.person("bob");
  const Login phone =
      must(accounts.service.login("alice", good_password, {.id = "p", .name = "Phone", .platform = "android"}));
  const auto sessions = must(accounts.service.sessions(Accounts::principal(alice)));
  REQUIRE(sessions.size() == 2);
  CHECK(sessions[0].id == phone.tokens.session_id);

  CHECK(code_of(accounts.service.revoke_session(Accounts::principal(bob), phone.tokens.session_id)) ==
        "resource.not_found");
  CHECK(code_of(accounts.service.revoke_session(Accounts::principal(alice), 1)) == "resource.not_found");
  must(accounts.service.revoke_session(Accounts::principal(alice), phone.tokens.session_id));
  CHECK(code_of(accounts.service.revoke_session(Accounts::principal(alice), phone.tokens.session_id)) ==
        "resource.not_found");
  CHECK(accounts.events.count(phone.tokens.session_id) == 1);
  CHECK(must(accounts.service.sessions(Accounts::principal(alice))).size() == 1);

  must(accounts.service.logout(Accounts::principal(bob)));
  must(accounts.service.logout(Accounts::principal(bob)));
  CHECK(accounts.events.count(bob.tokens.session_id) == 1);
}

TEST_CASE("revoked sessions are known after a restart", "[sessions]") {
  Accounts accounts;
  const Login alice = accounts.person("alice"), bob = accounts.person("bob");
  must(accounts.service.logout(Accounts::principal(bob)));
  const auto revoked = must(accounts.service.recently_revoked());
  REQUIRE(revoked.size() == 1);
  CHECK(revoked[0].id == bob.tokens.session_id);
}

TEST_CASE("a changed password ends all other sessions", "[sessions]") {
  Accounts accounts;
  const Login here = accounts.person("alice");
  const Login there = must(accounts.service.login("alice", good_password, {}));
  const Login stranger = accounts.person("bob");
  const Principal who = Accounts::principal(here);

  CHECK(code_of(accounts.service.change_password(who, "wrong password", "a new password")) ==
        "auth.invalid_credentials");
  CHECK(accounts.service.change_password(who, "wrong password", "a new password").error().code().status == 403);
  for (const char* weak : {"short", "password1", "Alice", "aaaaaaaaaa"}) {
    const auto refused = accounts.service.change_password(who, good_password, weak);
    CHECK(code_of(refused) == "auth.weak_password");
    CHECK(fields_of(refused) == std::vector<std::string>{"new_password"});
  }
  CHECK(accounts.is_live(there.tokens.session_id));

  must(accounts.service.change_password(who, good_password, "a new password"));
  CHECK(accounts.is_live(here.tokens.session_id));
  CHECK(accounts.is_live(stranger.tokens.session_id));
  CHECK_FALSE(accounts.is_live(there.tokens.session_id));
  CHECK(accounts.events.count(there.tokens.session_id) == 1);
  CHECK(accounts.events.size() == 1);
  CHECK(code_of(accounts.service.login("alice", good_password, {})) == "auth.invalid_credentials");
  CHECK(code_of(accounts.service.login("alice", "a new password", {})).empty());
}

TEST_CASE("no session of an old password survives its change", "[sessions][race]") {
  Accounts accounts;
  const Login owner = accounts.person("alice");
  std::string password = good_password;
  for (int round = 0; round < 15; ++round) {
    const std::string next = "password number " + std::to_string(round);
    std::barrier start(4);
    std::vector<SessionId> opened(3);
    in_parallel(4U, [&](std::size_t i) {
      start.arrive_and_wait();
      if (i == 3) {
        static_cast<void>(accounts.service.change_password(Accounts::principal(owner), password, next));
      } else if (const auto login = accounts.service.login("alice", password, {})) {
        opened[i] = login->tokens.session_id;
      }
    });
    REQUIRE(code_of(accounts.service.login("alice", next, {})).empty());
    for (const SessionId id : opened) CHECK((id == 0 || !accounts.is_live(id)));
    CHECK(must(accounts.service.sessions(Accounts::principal(owner))).size() == 2);
    must(accounts.service.change_password(Accounts::principal(owner), next, good_password));
    password = good_password;
  }
}

TEST_CASE("of two who change a password at once, one does", "[sessions][race]") {
  Accounts accounts;
  const Login first = accounts.person("alice");
  const Login second = must(accounts.service.login("alice", good_password, {}));
  const Principal who[] = {Accounts::principal(first), Accounts::principal(second)};
  const std::string wanted[] = {"the first password", "the second password"};
  std::barrier start(2);
  bool changed[2] = {};
  in_parallel(2U, [&](std::size_t i) {
    start.arrive_and_wait();
    changed[i] = accounts.service.change_password(who[i], good_password, wanted[i]).has_value();
  });
  REQUIRE(changed[0] != changed[1]);
  const std::size_t winner = changed[0] ? 0 : 1;
  CHECK(code_of(accounts.service.login("alice", wanted[winner], {})).empty());
  CHECK(accounts.is_live(who[winner].session_id));
  CHECK_FALSE(accounts.is_live(who[1 - winner].session_id));
}

TEST_CASE("above the limit the sessions used longest ago end", "[sessions]") {
  Accounts accounts({std::chrono::seconds(900), std::chrono::hours(1), 8, 3});
  const Login first = accounts.person("alice");
  const Login second = must(accounts.service.login("alice", good_password, {}));
  const Login third = must(accounts.service.login("alice", good_password, {}));
  const auto before = core::now_ms();
  while (core::now_ms() <= before) std::this_thread::yield();
  must(accounts.service.refresh(first.tokens.refresh_token));  // used again
  const Login fourth = must(accounts.service.login("alice", good_password, {}));
  CHECK(accounts.is_live(first.tokens.session_id));
  CHECK_FALSE(accounts.is_live(second.tokens.session_id));
  CHECK(accounts.is_live(third.tokens.session_id));
  CHECK(accounts.is_live(fourth.tokens.session_id));
  CHECK(accounts.events.count(second.tokens.session_id) == 1);
  CHECK(accounts.events.size() == 1);
}

TEST_CASE("the limit of sessions holds whoever races", "[sessions][race]") {
  Accounts accounts({std::chrono::seconds(900), std::chrono::hours(1), 8, 3});
  const Login alice = accounts.person("alice");
  in_parallel(4U, [&](std::size_t) {
    for (int i = 0; i < 5; ++i) static_cast<void>(accounts.service.login("alice", good_password, {}));
  });
  CHECK(must(accounts.service.sessions(Accounts::principal(alice))).size() == 3);
  CHECK(accounts.events.size() == 18);
}

TEST_CASE("housekeeping writes who was seen and removes what expired long ago", "[sessions]") {
  Accounts accounts;
  const Login alice = accounts.person("alice"), bob = accounts.person("bob");
  auto& sessions = accounts.database->sessions();
  const auto now = core::now_ms();
  Session old{.id = 7, .user_id = alice.user.id, .device = {}, .created_at = 1, .last_seen_at = 1};
  old.expires_at = now - 25 * 3'600'000;
  must(sessions.insert(old));
  Session recent = old;
  recent.id = 8;
  recent.expires_at = now - 23 * 3'600'000;
  must(sessions.insert(recent));

  const auto created = must(sessions.find(alice.tokens.session_id))->last_seen_at;
  while (core::now_ms() <= created) std::this_thread::yield();
  accounts.service.seen(alice.tokens.session_id);
  accounts.service.seen(alice.tokens.session_id);
  accounts.service.seen(99);  // unknown
  accounts.service.housekeeping();
  CHECK(must(sessions.find(alice.tokens.session_id))->last_seen_at > created);
  CHECK(must(sessions.find(bob.tokens.session_id))->last_seen_at <= core::now_ms());
  CHECK_FALSE(must(sessions.find(7)));
  CHECK(must(sessions.find(8)));
  accounts.service.housekeeping();
}
