#include "gateway/api/email.hpp"
#include "support/catch.hpp"

namespace netherlink::gateway {

TEST_CASE("a letter is in the language that is liked best of those there are", "[email]") {
  using mail::Language;
  for (const auto* text : {"zh", "zh-CN", "ZH-hant-TW", "fr, zh;q=0.1", "en;q=0.5, zh-CN;q=0.8",
                           " zh ; q=0.9 ,en;q=0.2", "zh, en", "en;q=0, zh;q=0.001"}) {
    INFO(text);
    CHECK(language_of(text) == Language::chinese);
  }
  for (const auto* text :
       {"", "en", "en-GB,zh;q=0.9", "fr", "*", "en, zh", "zh;q=0", "zh;q=abc", "zh;q=2", ",,;;q=", "zhx", "zh;q=-1"}) {
    INFO(text);
    CHECK(language_of(text) == Language::english);
  }
}

}  // namespace netherlink::gateway
