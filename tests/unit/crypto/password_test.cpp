#include "netherlink/crypto/password.hpp"

#include <ctime>

#include "support/catch.hpp"

using namespace netherlink::crypto;

TEST_CASE("a password is verified against its own hash alone") {
  const PasswordHasher hasher(PasswordCost::test);
  const std::string hash = hasher.hash("correct horse");
  CHECK(hash.starts_with("$argon2id$v=19$m=8,t=1,p=1$"));
  CHECK(hasher.verify(hash, "correct horse"));
  CHECK_FALSE(hasher.verify(hash, "correct horse "));
  CHECK_FALSE(hasher.verify(hash, std::string_view("correct horse\0", 14)));
  CHECK(hasher.hash("correct horse") != hash);
}

TEST_CASE("what is no hash verifies nothing") {
  const PasswordHasher hasher(PasswordCost::test);
  for (const char* hash :
       {"", "x", "$argon2id$", "$argon2id$v=19$m=8,t=1,p=1$AAAA$AAAA", "$2b$10$abcdefghijklmnopqrstuv"}) {
    CHECK_FALSE(hasher.verify(hash, ""));
    CHECK(hasher.needs_rehash(hash));
  }
  CHECK_FALSE(hasher.verify(std::string(1000, 'a'), "a"));
}

TEST_CASE("another cost asks for another hash") {
  const PasswordHasher cheap(PasswordCost::test), dear(PasswordCost::interactive);
  const std::string hash = cheap.hash("password one");
  CHECK_FALSE(cheap.needs_rehash(hash));
  CHECK(dear.needs_rehash(hash));
  CHECK(dear.verify(hash, "password one"));
  CHECK(dear.hash("x").starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
}

TEST_CASE("an unknown name costs as much as a wrong password") {
  const PasswordHasher hasher(PasswordCost::interactive);
  const std::string hash = hasher.hash("password one");
  // Time of the processor, not of the clock: other programs do not count.
  const auto cost_of = [](const auto& job) {
    const std::clock_t start = std::clock();
    for (int i = 0; i < 5; ++i) job();
    return std::clock() - start;
  };
  const auto wrong = cost_of([&] { CHECK_FALSE(hasher.verify(hash, "password two")); });
  const auto unknown = cost_of([&] { hasher.waste("password two"); });
  CHECK(unknown * 4 > wrong);
}
