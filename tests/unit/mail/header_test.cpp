#include "mail/smtp/header.hpp"

#include <sstream>

#include "support/catch.hpp"

namespace netherlink::mail {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    if (line.ends_with('\r')) line.pop_back();
    lines.push_back(line);
  }
  return lines;
}

}  // namespace

TEST_CASE("plain headers stay as they are", "[header]") {
  CHECK(header("Subject", "Set a new password") == "Subject: Set a new password");
  CHECK(from_header("NetherLink", "a@b.example") == "From: NetherLink <a@b.example>");
  CHECK(from_header("", "a@b.example") == "From: <a@b.example>");
  CHECK(from_header("Games, Inc.", "a@b.example") == "From: =?UTF-8?Q?Games=2C_Inc=2E?= <a@b.example>");
  CHECK(date_header(1'763'805'600'000) == "Date: Sat, 22 Nov 2025 10:00:00 +0000");
}

TEST_CASE("other letters go as encoded words", "[header]") {
  CHECK(header("Subject", "确认") == "Subject: =?UTF-8?Q?=E7=A1=AE=E8=AE=A4?=");
  std::string longer;
  for (int i = 0; i < 40; ++i) longer.append("确");
  const auto lines = lines_of(header("Subject", longer));
  CHECK(lines.size() > 4);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    auto line = lines[i];
    if (i == 0) line.erase(0, std::string("Subject:").size());
    // A line that goes on begins with a blank; a word has 75 characters at most, and whole characters.
    CHECK(line.starts_with(" =?UTF-8?Q?"));
    CHECK(line.ends_with("?="));
    CHECK(line.size() <= 76);
    CHECK((line.size() - std::string(" =?UTF-8?Q?").size() - std::string("?=").size()) % 9 == 0);
  }
}

TEST_CASE("nothing becomes a second header, or a word that was not meant", "[header]") {
  for (const std::string value : {"a\r\nBcc: eve@evil.example", "a\nb", "a\rb", "a\tb", "=?UTF-8?Q?x?="}) {
    const auto line = header("Subject", value);
    CHECK(line.find('\n') == line.npos);
    CHECK(line.starts_with("Subject: =?UTF-8?Q?"));
    CHECK(from_header(value, "a@b.example").find('\n') == std::string::npos);
  }
}

}  // namespace netherlink::mail
