#include "attachment/sniff.hpp"

#include "netherlink/attachment/types.hpp"
#include "support/catch.hpp"

namespace netherlink::attachment {

using namespace std::string_view_literals;

TEST_CASE("sniff: content says what it is", "[sniff]") {
  CHECK(sniff("\x89PNG\r\n\x1a\n..."sv) == "image/png");
  CHECK(sniff("\xff\xd8\xff\xe0"sv) == "image/jpeg");
  CHECK(sniff("GIF89a"sv) == "image/gif");
  CHECK(sniff("RIFF\x01\0\0\0WEBPVP8L"sv) == "image/webp");
  CHECK(sniff("ABCD\x01\0\0\0WEBPVP8L"sv) == "application/octet-stream");
  CHECK(sniff("\0\0\0\x18"
              "ftypmp42"sv) == "video/mp4");
  CHECK(sniff("\x1a\x45\xdf\xa3....webm"sv) == "video/webm");
  CHECK(sniff("%PDF-1.7"sv) == "application/pdf");
  CHECK(sniff("PK\x03\x04"sv) == "application/zip");
  CHECK(sniff("MZ\x90\0"sv) == "application/vnd.microsoft.portable-executable");
  CHECK(sniff("plain text, grüße\n"sv) == "text/plain");
  CHECK(sniff("\xef\xbb\xbf<HTML>"sv) == "text/html");
  CHECK(sniff("  <svg onload=x>"sv) == "image/svg+xml");
  CHECK(sniff("<?xml version='1.0'?><x/>"sv) == "application/xml");
  CHECK(sniff("a\0b"sv) == "application/octet-stream");
  CHECK(sniff("\xc0\xaf"sv) == "application/octet-stream");
  CHECK(sniff("cut \xe2\x82"sv) == "text/plain");
  CHECK(sniff(""sv) == "application/octet-stream");
}

TEST_CASE("sniff: patterns of types", "[sniff]") {
  const std::vector<std::string> patterns{"image/*", "application/pdf"};
  CHECK(matches_any(patterns, "image/png"));
  CHECK(matches_any(patterns, "application/pdf"));
  CHECK_FALSE(matches_any(patterns, "images/png"));
  CHECK_FALSE(matches_any(patterns, "application/pdfx"));
}

TEST_CASE("only what was understood is shown", "[sniff]") {
  CHECK(is_safe_inline({.hash = {}, .content_type = "image/png", .width = 1, .height = 1}));
  CHECK_FALSE(is_safe_inline({.hash = {}, .content_type = "image/png"}));
  CHECK_FALSE(is_safe_inline({.hash = {}, .content_type = "image/svg+xml", .width = 1, .height = 1}));
  CHECK(is_safe_inline({.hash = {}, .content_type = "video/webm"}));
  CHECK_FALSE(is_safe_inline({.hash = {}, .content_type = "text/html"}));
}

}  // namespace netherlink::attachment
