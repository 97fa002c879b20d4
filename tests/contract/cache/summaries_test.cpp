#include <thread>

#include "engines.hpp"
#include "support/catch.hpp"

using namespace netherlink;
using namespace netherlink::test;
using namespace std::chrono_literals;

TEST_CASE("Summaries are found in the order of their keys") {
  const auto engine = GENERATE(from_range(engines));
  INFO(name_of(engine));
  const auto cache = make_cache(engine);
  auto& summaries = cache->summaries();
  const auto a = fresh("user"), b = fresh("user"), c = fresh("user");
  summaries.put(a, "A", 1min);
  summaries.put(c, std::string("\0v\r\n", 4), 1min);
  REQUIRE(summary(*cache, c));
  const auto found = summaries.find(std::vector{c, b, a});
  REQUIRE(found.size() == 3);
  REQUIRE(found[0]);
  CHECK(*found[0] == std::string("\0v\r\n", 4));
  CHECK_FALSE(found[1]);
  REQUIRE(found[2]);
  CHECK(*found[2] == "A");
  CHECK(summaries.find({}).empty());
}

TEST_CASE("An empty summary is one too, and a later put wins") {
  const auto engine = GENERATE(from_range(engines));
  INFO(name_of(engine));
  const auto cache = make_cache(engine);
  auto& summaries = cache->summaries();
  const std::vector keys{fresh("user")};
  summaries.put(keys[0], "", 1min);
  REQUIRE(summary(*cache, keys[0]));
  CHECK(summary(*cache, keys[0])->empty());
  summaries.put(keys[0], "new", 1min);
  CHECK(*summary(*cache, keys[0]) == "new");
}

TEST_CASE("A summary ends with its time to live") {
  const auto engine = GENERATE(from_range(engines));
  INFO(name_of(engine));
  const auto cache = make_cache(engine);
  const std::vector keys{fresh("user")};
  cache->summaries().put(keys[0], "A", 30ms);
  CHECK(eventually([&] { return !cache->summaries().find(keys)[0]; }));
  cache->summaries().put(keys[0], "B", 1min);
  CHECK(summary(*cache, keys[0]));
}

TEST_CASE("What a slow reader puts after forget() is not kept") {
  const auto engine = GENERATE(from_range(engines));
  INFO(name_of(engine));
  const auto reader = make_cache(engine, {}, "reader");
  const auto writer = engine == Engine::memory ? nullptr : make_cache(engine, {}, "writer");
  auto& changed = (writer ? writer : reader)->summaries();
  const std::vector keys{fresh("user"), fresh("user")};
  reader->summaries().put(keys[0], "old", 1min);
  REQUIRE(summary(*reader, keys[0]));
  for (const auto& key : keys) changed.forget(key);
  CHECK_FALSE(reader->summaries().find(keys)[0]);
  for (const auto& key : keys) reader->summaries().put(key, "old", 1min);
  CHECK_FALSE(reader->summaries().find(keys)[0]);
  CHECK_FALSE(reader->summaries().find(keys)[1]);
}

TEST_CASE("The memory cache bounds the summaries by bytes") {
  const auto cache = make_cache(Engine::memory);
  const std::vector first{std::string("first")}, last{std::string("99")};
  cache->summaries().put("first", "A", 1min);
  for (int i = 0; i < 100; ++i) cache->summaries().put(std::to_string(i), std::string(1 << 20, 'x'), 1min);
  CHECK_FALSE(cache->summaries().find(first)[0]);
  CHECK(cache->summaries().find(last)[0]);
}
