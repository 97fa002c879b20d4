#include "cache/redis/slots.hpp"

#include "support/catch.hpp"

using namespace netherlink::cache::redis;

TEST_CASE("Hash slots are those of Redis") {
  CHECK(slot_of("123456789") == 0x31C3);
  CHECK(slot_of("foo") == 12182);
  CHECK(slot_of("bar") == 5061);
  CHECK(slot_of("") == 0);
}

TEST_CASE("What stands in the first braces decides, if there is something in them") {
  CHECK(slot_of("{foo}.x") == slot_of("foo"));
  CHECK(slot_of("a{foo}{bar}") == slot_of("foo"));
  CHECK(slot_of("a{{foo}}") == slot_of("{foo"));
  CHECK(slot_of("foo{}{bar}") != slot_of("bar"));
  CHECK(slot_of("foo{bar") != slot_of("bar"));
}
