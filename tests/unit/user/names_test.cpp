#include "netherlink/user/names.hpp"

#include "support/catch.hpp"

using namespace netherlink;
using namespace netherlink::user;

namespace {

std::string repeat(std::string_view piece, std::size_t times) {
  std::string text;
  while (times-- > 0) text += piece;
  return text;
}

}  // namespace

TEST_CASE("spellings of one name have one key") {
  const std::pair<const char*, const char*> names[] = {
      {"alice", "alice"},
      {"ALICE", "alice"},
      {"\uff21lice", "alice"},     // full width
      {"stra\u00dfe", "strasse"},  // sharp s
      {"\u00c5ngstr\u00f6m", "\u00e5ngstr\u00f6m"},
      {"A\u030angstro\u0308m", "\u00e5ngstr\u00f6m"},  // decomposed
      {"\u212bngstr\u00f6m", "\u00e5ngstr\u00f6m"},    // the sign of the unit
      {"\u0410\u041d\u041d\u0410", "\u0430\u043d\u043d\u0430"},
      {"\u5c0f\u660e\u541b", "\u5c0f\u660e\u541b"},
      {"\u0915\u094d\u0937\u0923", "\u0915\u094d\u0937\u0923"},  // with a virama, which is a mark
      {"x_1.y-2", "x_1.y-2"},
      {"_under_", "_under_"},
      {"\uff11\uff12\uff13", "123"},
      {"\ufb01sh", "fish"},
  };
  for (const auto& [name, key] : names) {
    INFO(name);
    const auto answer = username_key(name);
    REQUIRE(answer.has_value());
    CHECK(*answer == key);
    CHECK(username_key(*answer).value() == *answer);
  }
}

TEST_CASE("names have 3 to 32 code points") {
  CHECK(username_key("abc").has_value());
  CHECK(username_key(repeat("a", 32)).has_value());
  CHECK(username_key(repeat("\U00020000", 32)).has_value());
  CHECK(username_key(repeat("e\u0301", 32)).has_value());  // composes to 32
  for (const std::string& name :
       {std::string(), std::string("ab"), repeat("a", 33), repeat("\u5c0f", 33), repeat("a", 100'000)}) {
    CHECK_FALSE(username_key(name).has_value());
  }
}

TEST_CASE("what names may not be") {
  for (const std::string& name : {std::string("a b c"),
                                  std::string(" abc"),
                                  std::string("abc "),
                                  std::string("abc\n"),
                                  std::string("a\tc"),
                                  std::string("ab\0c", 4),
                                  std::string("abc\x7f"),
                                  std::string("a\u200bbc"),           // zero width space
                                  std::string("a\u200dbc"),           // zero width joiner
                                  std::string("a\u00adbc"),           // soft hyphen
                                  std::string("\u202eabc"),           // right-to-left override
                                  std::string("\u2067abc"),           // isolate
                                  std::string("abc\ufe0f"),           // variation selector, a mark
                                  std::string("a\u034fbc"),           // grapheme joiner, a mark
                                  std::string("\u3164\u3164\u3164"),  // fillers, letters
                                  std::string("\ufeff"
                                              "abc"),
                                  std::string("a\u00a0bc"),
                                  std::string("a\u3000bc"),
                                  std::string("\U0001f600abc"),
                                  std::string("a@bc"),
                                  std::string("a/bc"),
                                  std::string("a:bc"),
                                  std::string("\u0301abc"),      // begins with a mark
                                  std::string("\u2460\u00bdx"),  // a fraction
                                  std::string("\ufdfa"),         // a word that unfolds with spaces
                                  std::string(".abc"),
                                  std::string("abc."),
                                  std::string("-abc"),
                                  std::string("abc-"),
                                  std::string("\uff0e"
                                              "abc"),  // a full stop, full width
                                  std::string("\xff\xfe\xfd"),
                                  std::string("abc\xc3"),
                                  std::string("\xed\xa0\x80"
                                              "abc")}) {
    INFO(name);
    const auto answer = username_key(name);
    REQUIRE_FALSE(answer.has_value());
    const core::Error error = answer.error();
    CHECK(error.is(errors::request_invalid));
    REQUIRE(error.fields().size() == 1);
    CHECK(error.fields()[0].field == "username");
  }
}

TEST_CASE("e-mail addresses are compared without regard to case") {
  CHECK(email_key("Alice@Example.ORG").value() == "alice@example.org");
  CHECK(email_key("a.b+c'd@x-y.example.org").value() == "a.b+c'd@x-y.example.org");
  CHECK(email_key("\u00c4@b\u00fccher.example").value() == "\u00e4@b\u00fccher.example");
}

TEST_CASE("what is no e-mail address is refused") {
  for (const std::string& email : {std::string(),
                                   std::string("alice"),
                                   std::string("@example.org"),
                                   std::string("alice@"),
                                   std::string("alice@example"),
                                   std::string("alice@example."),
                                   std::string("alice@.org"),
                                   std::string("alice@exa mple.org"),
                                   std::string("al ice@example.org"),
                                   std::string("a@b@example.org"),
                                   std::string("alice@-example.org"),
                                   std::string("alice@example-.org"),
                                   std::string("<alice@example.org>"),
                                   std::string("alice@example.org\n"),
                                   std::string("al\0ice@example.org", 17),
                                   std::string("a\u200b@example.org"),
                                   std::string("alice@example.org\xff"),
                                   repeat("a", 65) + "@example.org",
                                   "a@" + repeat("a", 64) + ".org",
                                   "a@" + repeat("aaaaaaaaa.", 25) + "org"}) {
    INFO(email);
    const auto answer = email_key(email);
    REQUIRE_FALSE(answer.has_value());
    const core::Error error = answer.error();
    CHECK(error.fields().at(0).field == "email");
  }
}

TEST_CASE("one signs in with a name or an e-mail address") {
  CHECK(login_key("ALICE") == "alice");
  CHECK(login_key("Alice@Example.org") == "alice@example.org");
  CHECK_FALSE(login_key("a"));
  CHECK_FALSE(login_key("alice@"));
  CHECK_FALSE(login_key("\xff"));
}
