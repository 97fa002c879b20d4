#include "user/profile_rules.hpp"

#include "support/catch.hpp"

using namespace netherlink;
using namespace netherlink::user;

namespace {

using Check = void (*)(const std::string&, std::vector<core::FieldError>&);

bool accepted(Check check, const std::string& text) {
  std::vector<core::FieldError> problems;
  check(text, problems);
  return problems.empty();
}

std::string repeat(std::string_view piece, std::size_t times) {
  std::string text;
  while (times-- > 0) text += piece;
  return text;
}

}  // namespace

TEST_CASE("nicknames have something to see and no tricks") {
  for (const std::string& name :
       {std::string("A"), std::string("Alice Liddell"), repeat("\U0001f600", 64),
        std::string("\U0001f468\u200d\U0001f469\u200d\U0001f467"), std::string("\u5c0f\u660e")}) {
    INFO(name);
    CHECK(accepted(check_nickname, name));
  }
  for (const std::string& name :
       {std::string(), repeat("a", 65), std::string(" a"), std::string("a "), std::string("a\nb"),
        std::string("a\0b", 3), std::string("a\u202eb"), std::string("a\u200eb"), std::string("a\u2028b"),
        std::string("\u200d"), std::string("\u3164"), std::string("\xff")}) {
    INFO(name);
    CHECK_FALSE(accepted(check_nickname, name));
  }
}

TEST_CASE("an avatar is a web address or nothing") {
  for (const char* url : {"", "https://example.org/a.png", "http://example.org:8080/a?b=c#d", "https://[::1]/x"}) {
    INFO(url);
    CHECK(accepted(check_avatar_url, url));
  }
  CHECK(accepted(check_avatar_url, "https://e.org/" + repeat("a", 2034)));
  CHECK_FALSE(accepted(check_avatar_url, "https://e.org/" + repeat("a", 2035)));
  for (const char* url : {"javascript:alert(1)", "data:image/png;base64,AAAA", "//example.org/a", "https://",
                          "https:///a", "https://:80/", "https://user:pw@example.org/", "https://example.org/a b",
                          "https://example.org/\"", "https://example.org/<x>", "https://b\u00fccher.example/",
                          "ftp://example.org/", "https://example.org/\n", "example.org"}) {
    INFO(url);
    CHECK_FALSE(accepted(check_avatar_url, url));
  }
}

TEST_CASE("a bio has up to 500 characters in lines") {
  CHECK(accepted(check_bio, ""));
  CHECK(accepted(check_bio, "one\ntwo\r\n\tthree"));
  CHECK(accepted(check_bio, repeat("\U0001f600", 500)));
  CHECK_FALSE(accepted(check_bio, repeat("a", 501)));
  CHECK_FALSE(accepted(check_bio, std::string("a\0b", 3)));
  CHECK_FALSE(accepted(check_bio, "a\x1b[31m"));
}

TEST_CASE("a device is described in few bytes") {
  std::vector<core::FieldError> problems;
  check_device({.id = repeat("i", 128), .name = repeat("n", 128), .platform = repeat("p", 32)}, problems);
  CHECK(problems.empty());
  check_device({.id = repeat("i", 129), .name = "a\nb", .platform = repeat("p", 33)}, problems);
  REQUIRE(problems.size() == 3);
  CHECK(problems[0].field == "device.id");
  CHECK(problems[1].field == "device.name");
  CHECK(problems[2].field == "device.platform");
}
