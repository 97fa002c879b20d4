#include "im/search/text.hpp"
#include "support/catch.hpp"

namespace netherlink::im::search {
namespace {

using Tokens = std::vector<std::string>;

std::vector<std::string> texts(std::string_view text) {
  std::vector<std::string> all;
  for (const auto& unit : units_of(text)) all.push_back(unit.text);
  return all;
}

Tokens tokens(std::string_view text) {
  return tokens_of(text, 1000);
}

TEST_CASE("words are letters and digits, in lower case") {
  CHECK(texts("") == Tokens{});
  CHECK(texts(" \t\n.,!?-_()") == Tokens{});
  CHECK(texts("Hello, World!") == Tokens{"hello", "world"});
  CHECK(texts("don't foo_bar a.b 3.14 x2") == Tokens{"don", "t", "foo", "bar", "a", "b", "3", "14", "x2"});
  CHECK(texts("ПРИВЕТ Мир ΣΊΣΥΦΟΣ") == Tokens{"привет", "мир", "σισυφοσ"});
  CHECK(texts("Straße ﬁn Ⅷ") == Tokens{"strasse", "fin"});
  CHECK(texts("ＨＥＬＬＯ　１２３") == Tokens{"hello", "123"});
}

TEST_CASE("accents do not matter, however they are written") {
  CHECK(texts("Café") == Tokens{"cafe"});
  CHECK(texts("Cafe\u0301") == Tokens{"cafe"});
  CHECK(texts("naïve Ångström Việt") == Tokens{"naive", "angstrom", "viet"});
  CHECK(texts("हिन्दी") == Tokens{"हिन्दी"});                 // its marks are vowels
  CHECK(texts("a\u00ADb c\u200Dd") == Tokens{"ab", "cd"});  // soft hyphen, joiner
}

TEST_CASE("scripts without blanks are cut into characters and pairs") {
  CHECK(texts("今日は天気") == Tokens{"今", "日", "は", "天", "気"});
  CHECK(tokens("今日は") == Tokens{"は", "今", "今日", "日", "日は"});
  CHECK(tokens("你好，世界") == Tokens{"世", "世界", "你", "你好", "好", "界"});  // no pair over the comma
  CHECK(tokens("안녕하세요").size() == 9);
  CHECK(texts("コーヒー") == texts("ｺｰﾋｰ"));
  CHECK(texts("ガギグ") == texts("ｶﾞｷﾞｸﾞ"));
  CHECK(texts("ガ") == texts("カ\u3099"));
  CHECK(texts("ガ") != texts("カ"));
  CHECK(texts("한글") == texts("\u1112\u1161\u11AB\u1100\u1173\u11AF"));  // in pieces
  CHECK(texts("ที่นี่").size() == 2);
  CHECK(texts("𠮷野家") == Tokens{"𠮷", "野", "家"});
}

TEST_CASE("emoji are found by themselves, whatever their skin") {
  CHECK(texts("nice🎉") == Tokens{"nice", "🎉"});
  CHECK(texts("👍🏽") == Tokens{"👍"});
  CHECK(texts("❤️") == Tokens{"❤"});
  CHECK(texts("👩‍🚀") == Tokens{"👩", "🚀"});
  CHECK(tokens("🎉🎉") == Tokens{"🎉"});
  CHECK(texts("🇩🇪").size() == 2);
}

TEST_CASE("scripts may be mixed") {
  CHECK(texts("iPhone手机3月") == Tokens{"iphone", "手", "机", "3", "月"});
  CHECK(tokens("iPhone手机") == Tokens{"iphone", "手", "手机", "机"});
  const auto units = units_of("a 手, 机b");
  REQUIRE(units.size() == 4);
  CHECK_FALSE(units[1].joined);
  CHECK_FALSE(units[2].joined);
  CHECK(units[3].joined);
}

TEST_CASE("units know where they stand") {
  const std::string text = "Das Café ﬁndet 今日";
  for (const auto& unit : units_of(text)) {
    const auto piece = text.substr(unit.begin, unit.end - unit.begin);
    CHECK(texts(piece) == Tokens{unit.text});
  }
}

TEST_CASE("tokens are bounded") {
  CHECK(tokens(std::string(1000, 'a')) == Tokens{std::string(token_bytes, 'a')});
  std::string long_word;
  for (int i = 0; i < 100; ++i) long_word += "ж";
  const auto cut = tokens("x" + long_word);
  REQUIRE(cut.size() == 1);
  CHECK(cut.front().size() == token_bytes - 1);  // not in the middle of a letter
  std::string many;
  for (int i = 0; i < 5000; ++i) many += std::to_string(i) + " ";
  CHECK(tokens_of(many, 50).size() == 50);
  CHECK(tokens_of(std::string(3000, 'a') + "今日今日今日", 3).size() == 3);
}

}  // namespace
}  // namespace netherlink::im::search
