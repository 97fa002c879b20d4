#include "gateway/http/byte_range.hpp"

#include "support/catch.hpp"

namespace netherlink::gateway {

using Kind = RangeRequest::Kind;

TEST_CASE("range: parts of ten bytes", "[range]") {
  const auto part = [](std::string_view header) {
    const auto range = parse_range(header, 10);
    CHECK(range.kind == Kind::part);
    return range.part;
  };
  CHECK(part("bytes=0-0") == ByteRange{0, 1});
  CHECK(part("bytes=2-4") == ByteRange{2, 3});
  CHECK(part("bytes=9-") == ByteRange{9, 1});
  CHECK(part("bytes=4-100") == ByteRange{4, 6});
  CHECK(part("bytes=-3") == ByteRange{7, 3});
  CHECK(part("bytes=-30") == ByteRange{0, 10});
  CHECK(part("bytes=0-18446744073709551615") == ByteRange{0, 10});
}

TEST_CASE("range: what is none means all, what lies behind the end is refused", "[range]") {
  for (const auto* header : {"", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=4-2", "items=0-1", "bytes=0-1,3-4",
                             "bytes=-1-2", "bytes=+1-2", "bytes=0-99999999999999999999"}) {
    INFO(header);
    CHECK(parse_range(header, 10).kind == Kind::whole);
  }
  CHECK(parse_range("bytes=10-", 10).kind == Kind::unsatisfiable);
  CHECK(parse_range("bytes=-0", 10).kind == Kind::unsatisfiable);
  CHECK(parse_range("bytes=0-", 0).kind == Kind::unsatisfiable);
}

TEST_CASE("range: entity tags", "[range]") {
  CHECK(etag_matches("\"a\"", "\"a\""));
  CHECK(etag_matches("\"b\", W/\"a\"", "\"a\""));
  CHECK(etag_matches("*", "\"a\""));
  CHECK_FALSE(etag_matches("", "\"a\""));
  CHECK_FALSE(etag_matches("\"ab\"", "\"a\""));
}

}  // namespace netherlink::gateway
