#include "gateway/json_input.hpp"

#include <string>

#include "support/catch.hpp"

using namespace netherlink;
using gateway::JsonInput;
using gateway::parse_json_object;

namespace {

std::vector<std::string> fields(const core::result<void>& finished) {
  std::vector<std::string> names;
  if (finished) return names;
  const auto error = finished.error();
  for (const auto& field : error.fields()) names.push_back(field.field);
  return names;
}

std::string nested(std::size_t levels) {
  return std::string("{\"a\":") + std::string(levels - 1, '[') + std::string(levels - 1, ']') + "}";
}

}  // namespace

TEST_CASE("strict JSON objects alone are parsed", "[json]") {
  for (const auto* text :
       {R"({})", R"( {"a" : [1, 2.5, "x", null, true, {"b":{}}]} )", R"({"a":"\u00e9\ud83d\ude00\u0000"})"}) {
    CHECK(parse_json_object(text, 32));
  }
  for (const auto* text : {"",
                           " ",
                           "[]",
                           "1",
                           "\"a\"",
                           "null",
                           "{",
                           "{\"a\":1",
                           "{} {}",
                           "{}x",
                           "{'a':1}",
                           "{\"a\":1,}",
                           "{a:1}",
                           "{\"a\":01}",
                           "{\"a\":+1}",
                           "{\"a\":.5}",
                           "{\"a\":NaN}",
                           "{\"a\":1}//",
                           "{\"a\":\"\n\"}",
                           "\xEF\xBB\xBF{}",
                           "{\"a\":\"\xC0\x80\"}",
                           "{\"a\":\"\xED\xA0\x80\"}",
                           "{\"a\":\"\xFF\"}",
                           R"({"a":"\ud83d"})",
                           R"({"a":"\ude00"})",
                           R"({"a":"\ud83dx"})",
                           R"({"a":"\ud83d\u0041"})",
                           R"({"a":"\x"})"}) {
    const auto parsed = parse_json_object(text, 32);
    INFO(text);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().is(errors::request_malformed));
  }
}

TEST_CASE("nesting is bounded", "[json]") {
  CHECK(parse_json_object(nested(8), 8));
  CHECK_FALSE(parse_json_object(nested(9), 8));
  CHECK_FALSE(parse_json_object(nested(100'000), 8));
  CHECK(parse_json_object(nested(32), 32));  // another depth on the same thread
  CHECK(parse_json_object("{}", 1));
}

TEST_CASE("a parsed object does not depend on the texts parsed after it", "[json]") {
  const auto first = parse_json_object(R"({"a":"one","b":[1,2,3]})", 32);
  for (int i = 0; i < 100; ++i) CHECK(parse_json_object(R"({"c":"another, and longer than the first one was"})", 32));
  CHECK_FALSE(parse_json_object("{", 32));
  REQUIRE(first);
  JsonInput input(*first, JsonInput::Unknown::ignore);
  CHECK(input.string("a") == "one");
  CHECK(input.array("b", 3)->size() == 3);
}

TEST_CASE("every problem is collected with its field", "[json]") {
  const auto object = parse_json_object(
      R"({"name":7,"short":"ab","age":200,"half":1.5,"on":"yes","id":"012","ids":["1","x",3],"what":1,"big":18446744073709551615})",
      8);
  REQUIRE(object);
  JsonInput input(*object, JsonInput::Unknown::refuse);
  CHECK(input.string("name").empty());
  CHECK(input.string("missing").empty());
  CHECK(input.string("short", {.min = 3, .max = 5}).empty());
  CHECK(input.integer("age", 0, 150) == 0);
  CHECK(input.integer("half", 0, 150) == 0);
  CHECK(input.integer("big", 0, INT64_MAX) == 0);
  CHECK_FALSE(input.boolean("on"));
  CHECK(input.id("id") == 0);
  CHECK(input.ids("ids", 5) == std::vector<std::int64_t>{1});
  const auto finished = input.finish();
  REQUIRE_FALSE(finished);
  CHECK(finished.error().is(errors::request_invalid));
  CHECK(fields(finished) == std::vector<std::string>{"name", "missing", "short", "age", "half", "big", "on", "id",
                                                     "ids[1]", "ids[2]", "what"});
}

TEST_CASE("optional fields: absent and null are the same, wrong is wrong", "[json]") {
  const auto object = parse_json_object(R"({"a":null,"b":"text","c":{"x":1.5},"d":[],"e":false,"f":"5"})", 8);
  REQUIRE(object);
  JsonInput input(*object, JsonInput::Unknown::refuse);
  CHECK_FALSE(input.optional_string("a"));
  CHECK_FALSE(input.optional_string("none"));
  CHECK(input.optional_string("b") == "text");
  CHECK(input.optional_object_text("c", 100) == R"({"x":1.5E0})");
  CHECK(input.optional_object_text("none", 100).empty());
  CHECK(input.array("d", 1)->empty());
  CHECK(input.array("none", 1) == nullptr);
  CHECK(input.optional_boolean("e") == false);
  CHECK(input.optional_id("f") == 5);
  CHECK_FALSE(input.has("a"));
  CHECK(input.has("b"));
  CHECK(input.finish());
}

TEST_CASE("bounds are inclusive and count bytes", "[json]") {
  const auto object = parse_json_object(R"({"s":"é","n":-5,"list":[1,2,3],"o":{"k":"v"}})", 8);
  REQUIRE(object);
  JsonInput good(*object, JsonInput::Unknown::ignore);
  CHECK(good.string("s", {2, 2}) == "é");
  CHECK(good.integer("n", -5, -5) == -5);
  CHECK(good.array("list", 3) != nullptr);
  CHECK(good.optional_object_text("o", 9).size() == 9);
  CHECK(good.finish());
  JsonInput bad(*object, JsonInput::Unknown::ignore);
  bad.string("s", {3, 9});
  bad.string("s", {0, 1});
  bad.integer("n", -4, 0);
  CHECK(bad.array("list", 2) == nullptr);
  bad.optional_object_text("o", 8);
  CHECK(fields(bad.finish()) == std::vector<std::string>{"s", "s", "n", "list", "o"});
}

TEST_CASE("nested readers name the whole path, and refuse what they do not know", "[json]") {
  const auto object = parse_json_object(R"({"device":{"name":5,"odd":1},"extra":2})", 8);
  REQUIRE(object);
  JsonInput input(*object, JsonInput::Unknown::refuse);
  JsonInput device(*input.optional_object("device"), JsonInput::Unknown::refuse, input.path_of("device"));
  device.optional_string("name");
  input.merge(std::move(device));
  CHECK(fields(input.finish()) == std::vector<std::string>{"device.name", "device.odd", "extra"});
}

TEST_CASE("unknown fields are ignored where that is asked for, and shown shortened", "[json]") {
  const auto object = parse_json_object("{\"" + std::string(63, 'x') + "é and more\":1}", 8);
  REQUIRE(object);
  CHECK(JsonInput(*object, JsonInput::Unknown::ignore).finish());
  const auto refused = fields(JsonInput(*object, JsonInput::Unknown::refuse).finish());
  REQUIRE(refused.size() == 1);
  CHECK(refused[0] == std::string(63, 'x') + "...");
}
