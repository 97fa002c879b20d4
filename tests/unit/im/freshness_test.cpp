#include "im/freshness.hpp"

#include <array>

#include "support/catch.hpp"

namespace netherlink::im {

TEST_CASE("What was read before a change does not count, what was read after it does") {
  Freshness freshness(10);
  const auto before = freshness.now();
  CHECK(freshness.is_fresh(before, 1));
  freshness.changed(std::array<UserId, 1>{1});
  CHECK_FALSE(freshness.is_fresh(before, 1));
  CHECK(freshness.is_fresh(before, 2));
  CHECK(freshness.is_fresh(freshness.now(), 1));
}

TEST_CASE("Changes that are forgotten take everything with them that is older") {
  Freshness freshness(3);
  const auto before = freshness.now();
  freshness.changed(std::array<UserId, 1>{1});
  const auto between = freshness.now();
  for (UserId user = 2; user <= 4; ++user) freshness.changed(std::array{user});
  CHECK_FALSE(freshness.is_fresh(before, 1));
  CHECK_FALSE(freshness.is_fresh(before, 99));
  CHECK(freshness.is_fresh(between, 99));
  CHECK(freshness.is_fresh(between, 1));
  CHECK_FALSE(freshness.is_fresh(between, 4));
}

TEST_CASE("One who changes again and again stays changed") {
  Freshness freshness(3);
  for (int i = 0; i < 10; ++i) {
    const auto before = freshness.now();
    freshness.changed(std::array<UserId, 1>{1});
    CHECK_FALSE(freshness.is_fresh(before, 1));
    CHECK(freshness.is_fresh(freshness.now(), 1));
  }
}

TEST_CASE("When news were lost nothing counts that was read before") {
  Freshness freshness(10);
  const auto before = freshness.now();
  freshness.all_changed();
  CHECK_FALSE(freshness.is_fresh(before, 1));
  CHECK(freshness.is_fresh(freshness.now(), 1));
}

}  // namespace netherlink::im
