#include "cache/redis/liveness.hpp"

#include "support/catch.hpp"

using namespace netherlink::cache::redis;

TEST_CASE("Incarnations differ and tell their instance") {
  const auto one = new_incarnation("host~a"), two = new_incarnation("host~a");
  CHECK(one != two);
  CHECK(instance_of(one) == "host~a");
}

TEST_CASE("Unknown is alive until a list that was asked for later lacks it") {
  Liveness lives;
  lives.asked();
  CHECK_FALSE(lives.dead("new"));
  lives.answered({});  // asked for before it was seen
  CHECK_FALSE(lives.dead("new"));
  lives.asked();
  lives.answered({});
  CHECK(lives.dead("new"));
}

TEST_CASE("Whoever is in the list is alive, and dead for good once no longer") {
  Liveness lives;
  lives.asked();
  lives.answered({"a", "b"});
  CHECK_FALSE(lives.dead("a"));
  lives.asked();
  lives.answered({"b"});
  CHECK(lives.dead("a"));
  CHECK_FALSE(lives.dead("b"));
  CHECK_FALSE(lives.dead("c"));
  lives.asked();
  lives.answered({"b", "c"});
  CHECK_FALSE(lives.dead("c"));
  CHECK(lives.dead("a"));
}
