#include "im/search/query.hpp"
#include "support/catch.hpp"

namespace netherlink::im::search {
namespace {

using Pieces = std::vector<std::string>;

Query query(std::string_view text, const SearchLimits& limits = {}) {
  auto parsed = Query::parse(text, limits);
  REQUIRE(parsed.has_value());
  return std::move(*parsed);
}

bool refused(std::string_view text, const SearchLimits& limits = {}) {
  const auto parsed = Query::parse(text, limits);
  return !parsed && parsed.error().is(errors::request_invalid) && parsed.error().fields().front().field == "q";
}

/// What matches; empty: nothing.
Pieces match(std::string_view wanted, std::string_view content) {
  return query(wanted).match(content).value_or(Pieces());
}

TEST_CASE("every word is there, in any order, the last as the beginning of one") {
  CHECK(match("hel", "Hello world") == Pieces{"Hello"});
  CHECK(match("world hel", "Hello world") == Pieces{"Hello", "world"});
  CHECK(match("wor hello", "Hello world").empty());
  CHECK(match("wor \"hello\"", "Hello world").empty());
  CHECK(match("\"hello\" wor", "Hello world") == Pieces{"Hello", "world"});
  CHECK(match("hello", "hell").empty());
  CHECK(match("ello", "hello").empty());
  CHECK(match("hello mars", "hello world").empty());
  CHECK(match("CAFE", "im Café") == Pieces{"Café"});
  CHECK(match("hello", "hello HELLO hello") == Pieces{"hello", "HELLO"});
}

TEST_CASE("phrases are whole words in order") {
  CHECK(match("\"good morning\"", "A good morning to you") == Pieces{"good morning"});
  CHECK(match("\"good morning\"", "good, morning!") == Pieces{"good, morning"});
  CHECK(match("\"good morning\"", "morning good").empty());
  CHECK(match("\"good morn\"", "good morning").empty());
  CHECK(match("\"good morn", "good morning") == Pieces{"good morning"});  // still being written
  CHECK(match("“good morning” you", "good morning to you") == Pieces{"good morning", "you"});
  CHECK(match("\"the\"", "then").empty());
}

TEST_CASE("what is written without a blank belongs together") {
  CHECK(match("don't", "I don't know") == Pieces{"don't"});
  CHECK(match("don't", "t don").empty());
  CHECK(match("ada@exam", "write to ada@example.org") == Pieces{"ada@example"});
}

TEST_CASE("characters are found side by side") {
  CHECK(match("天", "今日は天気がいい") == Pieces{"天"});
  CHECK(match("天気", "今日は天気がいい") == Pieces{"天気"});
  CHECK(match("今日は天気", "今日は天気がいい") == Pieces{"今日は天気"});
  CHECK(match("日天", "今日は天気がいい").empty());
  CHECK(match("天気 今日", "今日は天気がいい") == Pieces{"今日", "天気"});
  CHECK(match("你好", "你，好").empty());
  CHECK(match("世界", "Hello世界!") == Pieces{"世界"});
  CHECK(match("녕하", "안녕하세요") == Pieces{"녕하"});
  CHECK(match("ｶﾌｪ", "カフェ") == Pieces{"カフェ"});
  CHECK(match("🎉", "Yes🎉🎉") == Pieces{"🎉"});
}

TEST_CASE("queries become terms, the rarest first") {
  CHECK(query("a hello").terms() == std::vector<SearchTerm>{{"hello", true}, {"a", false}});
  CHECK(query("\"say hello\"").terms() == std::vector<SearchTerm>{{"hello", false}, {"say", false}});
  CHECK(query("foo-bars").terms() == std::vector<SearchTerm>{{"bars", true}, {"foo", false}});
  CHECK(query("今日は").terms() == std::vector<SearchTerm>{{"今日", false}, {"日は", false}});
  CHECK(query("今").terms() == std::vector<SearchTerm>{{"今", false}});
  CHECK(query("今日 今日").terms().size() == 1);
  CHECK(query("a b c d e f g h i j").terms().size() <= 8);
}

TEST_CASE("what cannot be looked for is refused") {
  CHECK(refused(""));
  CHECK(refused("  ... \"\" "));
  CHECK(refused("\xFF"));
  const SearchLimits limits{.query_chars = 3, .query_bytes = 20, .query_words = 3};
  CHECK(refused("ab", limits));
  CHECK(refused("a b", limits));
  CHECK_FALSE(refused("abc", limits));
  CHECK_FALSE(refused("ab c", limits));
  CHECK_FALSE(refused(std::string(20, 'a'), limits));
  CHECK(refused(std::string(21, 'a'), limits));
  CHECK_FALSE(refused("aa bb \"cc dd ee\"", limits));
  CHECK(refused("aa bb cc dd", limits));
}

TEST_CASE("highlights are bounded") {
  std::string text;
  for (int i = 0; i < 100; ++i) text += "ab" + std::to_string(i) + " ";
  CHECK(match("ab", text).size() == 20);
}

}  // namespace
}  // namespace netherlink::im::search
