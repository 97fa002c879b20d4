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

TEST_CASE("times are read with any offset, and nothing else is") {
  CHECK(parse_timestamp("1970-01-01T00:00:00Z") == 0);
  CHECK(parse_timestamp("2026-01-31T12:00:00.000Z") == 1'769'860'800'000);
  CHECK(parse_timestamp("2026-01-31t13:30:00+01:30") == 1'769'860'800'000);
  CHECK(parse_timestamp("2026-01-31T04:00:00-08:00") == 1'769'860'800'000);
  CHECK(parse_timestamp("2024-02-29T23:59:59.9z") == 1'709'251'199'900);
  CHECK(parse_timestamp("2024-02-29T23:59:59.9999999Z") == 1'709'251'199'999);
  CHECK(parse_timestamp("1969-12-31T23:59:59.999Z") == -1);
  CHECK(parse_timestamp("9999-12-31T23:59:59.999Z") == 253'402'300'799'999);
  for (const char* text : {"",
                           "Z",
                           "2026-01-31",
                           "2026-01-31T12:00:00",
                           "2026-01-31 12:00:00Z",
                           "2026-01-31T12:00Z",
                           "2026-13-01T00:00:00Z",
                           "2026-02-29T00:00:00Z",
                           "2026-00-01T00:00:00Z",
                           "2026-01-00T00:00:00Z",
                           "2026-01-31T24:00:00Z",
                           "2026-01-31T23:60:00Z",
                           "2026-01-31T23:59:60Z",
                           "2026-01-31T12:00:00.Z",
                           "2026-01-31T12:00:00,5Z",
                           "2026-01-31T12:00:00+1:00",
                           "2026-01-31T12:00:00+0100",
                           "2026-01-31T12:00:00+24:00",
                           "2026-01-31T12:00:00Z ",
                           " 2026-01-31T12:00:00Z",
                           "+026-01-31T12:00:00Z",
                           "20260131T120000Z",
                           "2026-1-31T12:00:00Z"}) {
    INFO(text);
    CHECK_FALSE(parse_timestamp(text));
  }
  for (const Timestamp time : {0LL, 1'769'860'800'123LL, -62'135'596'800'000LL}) {
    CHECK(parse_timestamp(format_timestamp(time)) == time);
  }
}
