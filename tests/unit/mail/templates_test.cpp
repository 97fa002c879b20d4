#include "mail/templates.hpp"

#include "support/catch.hpp"

namespace netherlink::mail {
namespace {

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != text.npos;
}

}  // namespace

TEST_CASE("every letter is there in every language, filled in", "[templates]") {
  const Word words[] = {{"username", "ada"}, {"server", "play.example"}, {"minutes", "30"}};
  for (int topic = 1; topic <= 6; ++topic) {
    for (const auto language : {Language::english, Language::chinese}) {
      INFO(topic << " " << static_cast<int>(language));
      const auto parts = write(static_cast<Topic>(topic), language, words, "https://play.example/x#CODE", "ABCD-EFGH");
      CHECK_FALSE(parts.subject.empty());
      CHECK(holds(parts.text, "play.example"));
      CHECK(holds(parts.text, "ada"));
      CHECK(holds(parts.text, "\r\nhttps://play.example/x#CODE\r\n"));
      CHECK(holds(parts.html, "href=\"https://play.example/x#CODE\""));
      const bool code = topic <= 2;
      CHECK(holds(parts.text, "\r\nABCD-EFGH\r\n") == code);
      CHECK(holds(parts.html, ">ABCD-EFGH<") == code);
      CHECK(holds(parts.html, language == Language::chinese ? "lang=\"zh-CN\"" : "lang=\"en\""));
      for (const auto* text : {&parts.subject, &parts.text, &parts.html}) {
        CHECK_FALSE(holds(*text, "{"));
        CHECK_FALSE(holds(*text, "["));
      }
      // Lines end as mail wants them.
      for (const auto* text : {&parts.text, &parts.html}) {
        for (auto at = text->find('\n'); at != text->npos; at = text->find('\n', at + 1)) {
          REQUIRE(at > 0);
          CHECK((*text)[at - 1] == '\r');
        }
      }
      CHECK_FALSE(holds(parts.subject, "\n"));
    }
  }
}

TEST_CASE("no word becomes HTML, or asks for another", "[templates]") {
  const Word words[] = {{"username", "<b>&\"{server}"}, {"server", "s"}, {"minutes", "1"}};
  const auto parts = write(Topic::verify, Language::english, words, "https://s/?a=1&b=\"", "C");
  CHECK(holds(parts.html, "&lt;b&gt;&amp;&quot;{server}"));
  CHECK(holds(parts.html, "https://s/?a=1&amp;b=&quot;"));
  CHECK(holds(parts.text, "<b>&\"{server}"));
}

}  // namespace netherlink::mail
