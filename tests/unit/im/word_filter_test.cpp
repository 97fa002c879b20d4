#include "netherlink/im/word_filter.hpp"

#include <fstream>

#include "support/catch.hpp"

using namespace netherlink;
using im::WordFilter;

namespace {

std::string masked(std::string_view list, std::string text) {
  REQUIRE(WordFilter(list, WordFilter::Action::mask).apply(text));
  return text;
}

bool refused(std::string_view list, std::string text) {
  const auto before = text;
  const auto done = WordFilter(list, WordFilter::Action::refuse).apply(text);
  CHECK(text == before);
  return !done && done.error().is(errors::chat_blocked_word);
}

}  // namespace

TEST_CASE("Words are masked where they stand alone") {
  CHECK(masked("ass\n", "an ass, an ASS! class assent ass") == "an ***, an ***! class assent ***");
  CHECK(masked("bad\nbadly", "bad badly bad") == "*** ***** ***");
  CHECK(masked("two words", "say Two  words, two words") == "say Two  words, *********");
  CHECK(masked("", "nothing is bad") == "nothing is bad");
  CHECK(masked("x", "").empty());
}

TEST_CASE("Case, width, composition and what cannot be seen do not hide a word") {
  CHECK(
      refused("stra\xC3\x9F"
              "e",
              "STRASSE"));
  CHECK(refused("caf\xC3\xA9", "cafe\xCC\x81"));
  CHECK(refused("evil", "\xEF\xBC\xA5\xEF\xBC\xB6\xEF\xBC\xA9\xEF\xBC\xAC"));
  CHECK(refused("evil", "e\xE2\x80\x8Bvi\xC2\xADl"));
  CHECK_FALSE(refused("cafe", "caf\xC3\xA9"));
  CHECK(masked("evil", "so \xEF\xBC\xA5\xEF\xBC\xB6\xEF\xBC\xA9\xEF\xBC\xAC.") == "so ****.");
  CHECK(masked("caf\xC3\xA9", "a cafe\xCC\x81!") == "a *****!");
}

TEST_CASE("In scripts without spaces a word counts anywhere") {
  CHECK(masked("\xE5\x9D\x8F\xE4\xBA\xBA", "\xE4\xBB\x96\xE6\x98\xAF\xE5\x9D\x8F\xE4\xBA\xBA\xE3\x80\x82") ==
        "\xE4\xBB\x96\xE6\x98\xAF**\xE3\x80\x82");
  CHECK(refused("\xE3\x81\xB0\xE3\x81\x8B", "\xE3\x81\x82\xE3\x81\xB0\xE3\x81\x8B\xE3\x81\x82"));
}

TEST_CASE("A list is one word in each line, with remarks") {
  const WordFilter filter("# remark\n\n  one \r\ntwo\none\nTWO", WordFilter::Action::mask);
  CHECK(filter.size() == 2);
  std::string text = "# remark one";
  REQUIRE(filter.apply(text));
  CHECK(text == "# remark ***");
  const auto missing = WordFilter::load("/nonexistent/words", WordFilter::Action::mask);
  REQUIRE_FALSE(missing);
  CHECK(missing.error().detail().find("/nonexistent/words") != std::string_view::npos);
}
