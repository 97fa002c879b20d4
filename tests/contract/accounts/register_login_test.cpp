#include <atomic>

#include "account_fixture.hpp"

using namespace netherlink;
using namespace netherlink::user;
using namespace netherlink::user::testing;

TEST_CASE("registering gives an account, a session and tokens for it", "[accounts]") {
  Accounts accounts;
  Registration registration{.username = "Alice",
                            .password = good_password,
                            .nickname = std::nullopt,
                            .email = "Alice@Example.org",
                            .device = {.id = "d-1", .name = "Laptop", .platform = "linux"}};
  const Login login = must(accounts.service.register_user(registration));
  CHECK(login.user.username == "Alice");
  CHECK(login.user.nickname == "Alice");
  CHECK(login.user.email == "Alice@Example.org");
  CHECK(login.tokens.expires_in == 900);

  const auto claims = must(accounts.signer.verify(login.tokens.access_token, core::now_ms()));
  CHECK(claims.user_id == login.user.id);
  CHECK(claims.session_id == login.tokens.session_id);
  CHECK(claims.expires_at == login.tokens.access_expires_at);

  const auto sessions = must(accounts.service.sessions(Accounts::principal(login)));
  REQUIRE(sessions.size() == 1);
  CHECK(sessions[0].id == login.tokens.session_id);
  CHECK(sessions[0].device.name == "Laptop");

  const User stored = must(accounts.service.profile(login.user.id));
  CHECK(stored.created_at == login.user.created_at);
  CHECK(stored.email == "Alice@Example.org");
}

TEST_CASE("one signs in by name or e-mail address, however it is spelled", "[accounts]") {
  Accounts accounts;
  Registration registration;
  registration.username = "\u00c5ngstr\u00f6m";
  registration.password = "p\u00e4ssword of mine";
  registration.email = "anders@example.org";
  const Login registered = must(accounts.service.register_user(registration));
  for (const char* name : {"\u00c5ngstr\u00f6m", "\u00c5NGSTR\u00d6M", "a\u030angstro\u0308m", "ANDERS@EXAMPLE.ORG"}) {
    INFO(name);
    const auto login = accounts.service.login(name, "pa\u0308ssword of mine", {});
    CHECK(code_of(login).empty());
    if (login) CHECK(login->user.id == registered.user.id);
  }
}

TEST_CASE("a wrong password, an unknown name and what is no name are refused alike", "[accounts]") {
  Accounts accounts;
  accounts.person("alice");
  const std::pair<std::string, std::string> attempts[] = {{"alice", "correct horse batterz"},
                                                          {"alice", ""},
                                                          {"alice", std::string(5000, 'x')},
                                                          {"alice", "nul\0 inside"},
                                                          {"nobody", good_password},
                                                          {"", good_password},
                                                          {"\xff", good_password},
                                                          {"a@b", good_password},
                                                          {"nobody@example.org", good_password},
                                                          {"alice", "\xff"},
                                                          {"alice\n", good_password}};
  for (const auto& [name, password] : attempts) {
    INFO(name);
    const auto login = accounts.service.login(name, password, {});
    REQUIRE(code_of(login) == "auth.invalid_credentials");
    CHECK(fields_of(login).empty());
  }
}

TEST_CASE("everything wrong with a registration is told at once", "[accounts]") {
  Accounts accounts;
  Registration registration;
  registration.username = "a";
  registration.password = "short";
  registration.nickname = "";
  registration.email = "nowhere";
  registration.device.platform = std::string(33, 'p');
  const auto refused = accounts.service.register_user(registration);
  CHECK(code_of(refused) == "request.invalid");
  CHECK(fields_of(refused) == std::vector<std::string>{"username", "email", "nickname", "device.platform", "password"});
}

TEST_CASE("a weak password alone is auth.weak_password", "[accounts]") {
  Accounts accounts;
  Registration registration;
  registration.username = "alice.liddell";
  for (const std::string& password : {std::string("short"), std::string("password1"), std::string("Alice.Liddell"),
                                      std::string("zzzzzzzzzz"), std::string(1025, 'y')}) {
    INFO(password);
    registration.password = password;
    const auto refused = accounts.service.register_user(registration);
    CHECK(code_of(refused) == "auth.weak_password");
    CHECK(fields_of(refused) == std::vector<std::string>{"password"});
  }
}

TEST_CASE("a name or an e-mail address is had by one person", "[accounts]") {
  Accounts accounts;
  Registration registration;
  registration.username = "alice";
  registration.password = good_password;
  registration.email = "alice@example.org";
  must(accounts.service.register_user(registration));
  registration.email.reset();
  for (const char* name : {"alice", "ALICE", "\uff41lice"}) {
    registration.username = name;
    CHECK(code_of(accounts.service.register_user(registration)) == "user.name_taken");
  }
  registration.username = "bob";
  registration.email = "ALICE@example.org";
  CHECK(code_of(accounts.service.register_user(registration)) == "user.name_taken");
  registration.email.reset();
  CHECK(code_of(accounts.service.register_user(registration)).empty());
}

TEST_CASE("where addresses are confirmed, one that is not opens nothing and is nobody's", "[accounts]") {
  AccountOptions options{std::chrono::minutes(15), std::chrono::hours(24 * 30), 8, 100};
  options.confirm_email = true;
  Accounts accounts(options);
  Registration registration;
  registration.password = good_password;
  registration.email = "alice@example.org";
  for (const char* name : {"alice", "bob"}) {
    registration.username = name;
    const auto login = must(accounts.service.register_user(registration));
    CHECK(login.user.email == "alice@example.org");
    CHECK_FALSE(login.user.email_verified);
  }
  CHECK(code_of(accounts.service.login("alice@example.org", good_password, {})) == "auth.invalid_credentials");
  CHECK(code_of(accounts.service.login("alice", good_password, {})).empty());
  // Said while there was no mail: as little.
  const User early{.id = 77,
                   .username = "early",
                   .nickname = "e",
                   .avatar_url = "",
                   .bio = "",
                   .email = "e@example.org",
                   .created_at = 1};
  must(accounts.database->users().insert(early, "early", "e@example.org", accounts.hasher.hash(good_password)));
  CHECK(code_of(accounts.service.login("e@example.org", good_password, {})) == "auth.invalid_credentials");
  CHECK(code_of(accounts.service.login("early", good_password, {})).empty());
}

TEST_CASE("of many who register one name at once, one gets it", "[accounts][race]") {
  Accounts accounts;
  const std::vector<std::string> spellings = {"alice",      "ALICE", "Alice",      "\uff41lice",
                                              "\uff21lice", "aLiCe", "al\uff49ce", "alic\uff25"};
  for (int round = 0; round < 5; ++round) {
    const std::string suffix = "-" + std::to_string(round);
    std::atomic<int> registered{0}, taken{0};
    in_parallel(spellings.size(), [&](std::size_t i) {
      Registration registration;
      registration.username = spellings[i] + suffix;
      registration.password = good_password;
      const auto login = accounts.service.register_user(registration);
      if (login) ++registered;
      if (code_of(login) == "user.name_taken") ++taken;
    });
    CHECK(registered == 1);
    CHECK(taken == 7);
  }
}

TEST_CASE("a login brings an old hash to the configured cost", "[accounts]") {
  Accounts accounts;
  const Login login = accounts.person("alice");
  const crypto::PasswordHasher dearer(crypto::PasswordCost::interactive);
  AccountService later(accounts.options, accounts.database->users(), accounts.database->sessions(), accounts.events,
                       accounts.departures, dearer, accounts.signer, accounts.ids);
  must(later.login("alice", good_password, {}));
  const auto stored = must(accounts.database->users().find_credentials(login.user.id));
  REQUIRE(stored);
  CHECK_FALSE(dearer.needs_rehash(stored->password_hash));
  CHECK(code_of(later.login("alice", good_password, {})).empty());
  CHECK(code_of(later.login("alice", "correct horse batterz", {})) == "auth.invalid_credentials");
}

TEST_CASE("a profile changes in parts", "[accounts]") {
  Accounts accounts;
  const Login login = accounts.person("alice");
  ProfileChange change;
  change.nickname = "Alice L.";
  change.bio = "one\ntwo";
  CHECK(must(accounts.service.update_profile(login.user.id, change)).nickname == "Alice L.");
  change = {};
  change.avatar_url = "https://example.org/a.png";
  const User user = must(accounts.service.update_profile(login.user.id, change));
  CHECK(user.nickname == "Alice L.");
  CHECK(user.bio == "one\ntwo");
  CHECK(user.avatar_url == "https://example.org/a.png");

  change.nickname = " ";
  change.avatar_url = "javascript:alert(1)";
  change.bio = std::string(501, 'b');
  const auto refused = accounts.service.update_profile(login.user.id, change);
  CHECK(code_of(refused) == "request.invalid");
  CHECK(fields_of(refused) == std::vector<std::string>{"nickname", "avatar_url", "bio"});
  CHECK(must(accounts.service.profile(login.user.id)).nickname == "Alice L.");
  CHECK(code_of(accounts.service.profile(1)) == "user.not_found");
  CHECK(code_of(accounts.service.update_profile(1, {})) == "user.not_found");
}
