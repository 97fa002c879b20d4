#include "netherlink/core/utf8.hpp"

#include <vector>

#include "support/catch.hpp"

using namespace netherlink::core;

namespace {

std::string encode(std::uint32_t c) {
  const auto byte = [](std::uint32_t b) { return static_cast<char>(static_cast<unsigned char>(b)); };
  if (c < 0x80) return {byte(c)};
  if (c < 0x800) return {byte(0xC0 | c >> 6), byte(0x80 | (c & 63))};
  if (c < 0x10000) return {byte(0xE0 | c >> 12), byte(0x80 | (c >> 6 & 63)), byte(0x80 | (c & 63))};
  return {byte(0xF0 | c >> 18), byte(0x80 | (c >> 12 & 63)), byte(0x80 | (c >> 6 & 63)), byte(0x80 | (c & 63))};
}

}  // namespace

TEST_CASE("every code point but the surrogates is valid") {
  std::size_t wrong = 0;
  for (std::uint32_t c = 0; c <= 0x10FFFF; ++c) {
    const bool surrogate = c >= 0xD800 && c <= 0xDFFF;
    wrong += is_valid_utf8(encode(c)) == surrogate ? 1U : 0U;
  }
  CHECK(wrong == 0);
}

TEST_CASE("malformed texts are refused") {
  const std::vector<std::string> bad = {
      "\x80",              // continuation without a beginning
      "\xBF",              //
      "\xC0\x80",          // overlong NUL
      "\xC1\xBF",          // overlong
      "\xE0\x80\x80",      // overlong
      "\xE0\x9F\xBF",      // overlong
      "\xF0\x80\x80\x80",  // overlong
      "\xF0\x8F\xBF\xBF",  // overlong
      "\xED\xA0\x80",      // surrogate
      "\xED\xBF\xBF",      // surrogate
      "\xF4\x90\x80\x80",  // U+110000
      "\xF5\x80\x80\x80",  //
      "\xFF",              //
      "\xFE",              //
      "\xC3",              // cut
      "\xE4\xBD",          // cut
      "\xF0\x9F\x98",      // cut
      "\xC3\x28",          // no continuation
      "\xE4\xBD\x28",      //
      "a\xE4\xBD\xA0\x80"  // one too many
  };
  for (const auto& text : bad) {
    CHECK_FALSE(is_valid_utf8(text));
    CHECK_FALSE(is_valid_utf8("0123456789abcdef" + text));
    CHECK_FALSE(is_valid_utf8(text + "0123456789abcdef"));
  }
}

TEST_CASE("a text may be cut anywhere") {
  const std::string text =
      "h\xC3\xA9llo \xE4\xBD\xA0\xE5\xA5\xBD \xF0\x9F\x98\x80 and enough ASCII to take the fast path";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    Utf8Validator validator;
    CHECK(validator.feed(std::string_view(text).substr(0, cut)));
    CHECK(validator.feed(std::string_view(text).substr(cut)));
    CHECK(validator.complete());
  }
  Utf8Validator validator;
  for (const char c : text) REQUIRE(validator.feed({&c, 1}));
  CHECK(validator.complete());
}

TEST_CASE("a bad byte is seen at once and not forgotten") {
  Utf8Validator validator;
  CHECK(validator.feed("\xED"));
  CHECK_FALSE(validator.complete());
  CHECK_FALSE(validator.feed("\xA0"));  // a surrogate, known before its third byte
  CHECK_FALSE(validator.feed("a"));
  CHECK_FALSE(validator.complete());
  validator.reset();
  CHECK(validator.feed("a"));
  CHECK(validator.complete());
}

TEST_CASE("code points are counted, not bytes") {
  CHECK(count_code_points("") == 0);
  CHECK(count_code_points("abc") == 3);
  CHECK(count_code_points("\xE4\xBD\xA0\xE5\xA5\xBD") == 2);
  CHECK(count_code_points("\xF0\x9F\x98\x80!") == 2);
  CHECK(count_code_points("e\xCC\x81") == 2);
}
