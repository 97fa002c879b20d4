#include "netherlink/core/json_writer.hpp"

#include <limits>
#include <nlohmann/json.hpp>

#include "support/catch.hpp"

using namespace netherlink::core;

namespace {

std::string as_json(std::string_view text) {
  std::string out;
  append_json_string(out, text);
  return out;
}

}  // namespace

TEST_CASE("a document is written with its commas") {
  std::string out;
  JsonWriter json(out);
  json.begin_object().field("text", "a\"b").field("number", 42).field("negative", -1).field("flag", true);
  json.key("nothing").null().key("id").id(9'007'199'254'740'993).key("time").timestamp(0);
  json.key("list").begin_array().value(1).begin_array().end_array().begin_object().end_object().value("x").end_array();
  json.key("raw").raw("{\"a\":1}").field("real", 0.5).end_object();
  CHECK(out == R"({"text":"a\"b","number":42,"negative":-1,"flag":true,"nothing":null,"id":"9007199254740993",)"
               R"("time":"1970-01-01T00:00:00.000Z","list":[1,[],{},"x"],"raw":{"a":1},"real":0.5})");
}

TEST_CASE("numbers keep every digit") {
  std::string out;
  JsonWriter json(out);
  json.begin_array().value(std::numeric_limits<std::int64_t>::min()).value(std::numeric_limits<std::int64_t>::max());
  json.id(std::numeric_limits<std::int64_t>::max()).value(0.1).value(1e300);
  json.value(std::numeric_limits<double>::infinity()).value(std::numeric_limits<double>::quiet_NaN()).end_array();
  CHECK(out == R"([-9223372036854775808,9223372036854775807,"9223372036854775807",0.1,1e+300,null,null])");
}

TEST_CASE("strings are escaped as RFC 8259 asks") {
  CHECK(as_json("") == R"("")");
  CHECK(as_json("plain, ascii & <html>") == R"("plain, ascii & <html>")");
  CHECK(as_json("\"\\/") == R"("\"\\/")");
  CHECK(as_json("\b\f\n\r\t") == R"("\b\f\n\r\t")");
  CHECK(as_json(std::string_view("\0\x01\x1F\x7F", 4)) == "\"\\u0000\\u0001\\u001f\x7F\"");
  CHECK(as_json("\xE4\xBD\xA0 \xF0\x9F\x98\x80") == "\"\xE4\xBD\xA0 \xF0\x9F\x98\x80\"");
}

TEST_CASE("every byte in every position of a word reads back") {
  // The writer looks at eight bytes at once: wherever a special one stands, it must be seen.
  for (int byte = 0; byte < 0x80; ++byte) {
    for (std::size_t length : {1U, 7U, 8U, 9U, 16U, 23U}) {
      for (std::size_t at = 0; at < length; ++at) {
        std::string text(length, 'x');
        text[at] = static_cast<char>(byte);
        REQUIRE(nlohmann::json::parse(as_json(text)).get<std::string>() == text);
      }
    }
  }
}

TEST_CASE("runs of special characters between characters of several bytes read back") {
  std::string text;
  for (int i = 0; i < 200; ++i) text += (i % 3 == 0) ? "\n\"" : (i % 3 == 1) ? "\xC2\xA0" : "\xF0\x9F\x98\x80\\";
  CHECK(nlohmann::json::parse(as_json(text)).get<std::string>() == text);
}
