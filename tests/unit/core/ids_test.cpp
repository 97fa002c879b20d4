#include "netherlink/core/ids.hpp"

#include <limits>

#include "support/catch.hpp"

using namespace netherlink::core;

TEST_CASE("an id has exactly one spelling") {
  CHECK(parse_id("1") == 1);
  CHECK(parse_id("9223372036854775807") == std::numeric_limits<std::int64_t>::max());
  for (const char* text : {"", "0", "01", "-1", "+1", " 1", "1 ", "1a", "0x1", "1.0", "1e3", "9223372036854775808",
                           "99999999999999999999", "\xD9\xA1"}) {
    INFO(text);
    CHECK_FALSE(parse_id(text));
  }
  CHECK_FALSE(parse_id(std::string_view("1\0", 2)));
}

TEST_CASE("times are RFC 3339 with milliseconds") {
  CHECK(format_timestamp(0) == "1970-01-01T00:00:00.000Z");
  CHECK(format_timestamp(1'769'860'800'000) == "2026-01-31T12:00:00.000Z");
  CHECK(format_timestamp(1'709'251'199'999) == "2024-02-29T23:59:59.999Z");
  CHECK(format_timestamp(-1) == "1969-12-31T23:59:59.999Z");
  CHECK(format_timestamp(253'402'300'799'999) == "9999-12-31T23:59:59.999Z");

  std::string out = "at ";
  append_timestamp(out, 1);
  CHECK(out == "at 1970-01-01T00:00:00.001Z");
}

TEST_CASE("the clock says a time of this century") {
  CHECK(now_ms() > 1'700'000'000'000);
  CHECK(now_ms() < 4'102'444'800'000);
}
