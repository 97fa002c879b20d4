#include "config_fixture.hpp"

namespace {

std::vector<std::string> complete(std::vector<std::string> more) {
  more.insert(more.begin(), {"email.url=smtp://mail.example:587", "email.from=noreply@play.example",
                             "email.public_url=https://play.example/game"});
  return more;
}

/// The problems, one in a line.
std::string problems_of(std::vector<std::string> set) {
  std::string text;
  for (const auto& problem : load_set(std::move(set)).problems) text.append(to_string(problem)).append("\n");
  return text;
}

bool holds(const std::string& text, std::string_view part) {
  return text.find(part) != text.npos;
}

}  // namespace

TEST_CASE("email is off without a server, and needs an address and links with one") {
  CHECK_FALSE(load_set({}).config.email.enabled());
  const auto lacking = problems_of({"email.url=smtps://mail.example"});
  CHECK(holds(lacking, "email.from: is needed for email.url"));
  CHECK(holds(lacking, "email.public_url: is needed for email.url"));
  const auto loaded = load_set(complete({"email.password=secret-secret", "email.user=netherlink"}));
  CHECK(loaded.problems.empty());
  CHECK(loaded.config.email.enabled());
  CHECK(loaded.config.email.tls == "required");
  for (const auto& setting : loaded.settings) CHECK_FALSE(holds(setting.value, "secret-secret"));
}

TEST_CASE("email settings that cannot work are refused") {
  for (const auto* bad :
       {"email.url=mail.example", "email.url=http://mail.example", "email.url=smtp://u:p@mail.example",
        "email.url=smtp://a.example,b.example", "email.url=smtp://mail.example/path", "email.from=nobody",
        "email.from=a b@play.example", "email.from=a@b\r\nBcc: c@d.example", "email.from=Name <a@b.example>",
        "email.from_name=a\nb", "email.public_url=ftp://play.example", "email.public_url=https://play.example/?a=b",
        "email.public_url=play.example", "email.tls=maybe", "email.ca_file=/no/such.pem", "email.code_ttl=0s",
        "email.threads=0"}) {
    INFO(bad);
    CHECK_FALSE(problems_of(complete({bad})).empty());
  }
}

TEST_CASE("a password for mail leaves the machine over TLS alone") {
  const auto in_the_clear = [](const std::string& url) {
    return problems_of(complete({"email.tls=none", "email.password=secret-secret", "email.url=" + url}));
  };
  for (const auto* far : {"smtp://mail.example", "smtp://127.evil.example:25", "smtp://localhost.example"}) {
    INFO(far);
    CHECK(holds(in_the_clear(far), "email.password: needs email.tls = \"required\""));
  }
  for (const auto* near : {"smtp://127.0.0.1:2525", "smtp://localhost", "smtp://[::1]:25", "smtps://mail.example"}) {
    INFO(near);
    CHECK(in_the_clear(near).empty());
  }
}
