#include <thread>

#include "engines.hpp"
#include "support/catch.hpp"

using namespace netherlink;
using namespace netherlink::test;

namespace {

std::unique_ptr<cache::Cache> make(Engine engine, std::size_t per_conversation, std::size_t bytes = 1 << 20) {
  cache::MemoryCacheOptions options;
  options.hot_messages = per_conversation;
  options.hot_bytes = bytes;
  return make_cache(engine, options);
}

}  // namespace

TEST_CASE("A run is found whole or not at all") {
  const auto engine = GENERATE(from_range(engines));
  INFO(name_of(engine));
  const auto cache = make(engine, 10);
  auto& hot = cache->hot_messages();
  const auto a = fresh("a"), b = fresh("b");
  hot.append(a, run(5, 8));
  const auto found = kept(*cache, a, 5, 8);
  REQUIRE(found);
  REQUIRE(found->size() == 4);
  CHECK(found->front().seq == 5);
  CHECK(*found->back().bytes == *run(8, 8).front().bytes);
  CHECK_FALSE(hot.range(a, 4, 8));
  CHECK_FALSE(hot.range(a, 8, 9));
  CHECK_FALSE(hot.range(b, 5, 5));
}

TEST_CASE("Only the newest of a conversation are kept") {
  const auto engine = GENERATE(from_range(engines));
  INFO(name_of(engine));
  const auto cache = make(engine, 3);
  const auto a = fresh("a");
  cache->hot_messages().append(a, run(1, 10));
  CHECK(kept(*cache, a, 8, 10));
  CHECK_FALSE(cache->hot_messages().range(a, 7, 10));
}

TEST_CASE("A run that does not follow replaces what was there: never a hole") {
  const auto engine = GENERATE(from_range(engines));
  INFO(name_of(engine));
  const auto cache = make(engine, 10);
  auto& hot = cache->hot_messages();
  const auto a = fresh("a");
  hot.append(a, run(1, 3));
  hot.append(a, run(5, 6));
  CHECK_FALSE(hot.range(a, 1, 3));
  REQUIRE(kept(*cache, a, 5, 6));
  hot.append(a, run(5, 6));
  REQUIRE(kept(*cache, a, 5, 6));
  CHECK(kept(*cache, a, 5, 6)->size() == 2);
  hot.append(a, run(2, 3));
  CHECK_FALSE(hot.range(a, 5, 6));
  CHECK(kept(*cache, a, 2, 3));
}

TEST_CASE("A changed message takes the place of the old one") {
  const auto engine = GENERATE(from_range(engines));
  INFO(name_of(engine));
  const auto cache = make(engine, 10);
  auto& hot = cache->hot_messages();
  const auto a = fresh("a");
  hot.append(a, run(1, 3));
  hot.replace(a, 2, bytes("new"));
  REQUIRE(kept(*cache, a, 1, 3));
  CHECK(*kept(*cache, a, 2, 2)->front().bytes == "new");
  hot.replace(a, 9, bytes("unknown"));
  hot.replace(fresh("unknown"), 1, bytes("unknown"));
  CHECK(kept(*cache, a, 1, 3)->size() == 3);
  hot.forget(a);
  CHECK_FALSE(hot.range(a, 1, 1));
}

TEST_CASE("Entries are bytes, of any kind and size") {
  const auto engine = GENERATE(from_range(engines));
  INFO(name_of(engine));
  const auto cache = make(engine, 300, std::size_t{16} << 20);
  auto& hot = cache->hot_messages();
  const auto a = fresh("{a}:1\r\n*");
  const core::Seq base = 9'007'199'254'000'000;  // close to 2^53
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  std::vector<cache::HotEntry> entries{
      {base, bytes("")}, {base + 1, bytes(all)}, {base + 2, bytes(std::string(1 << 20, 'x'))}};
  for (core::Seq i = 3; i < 300; ++i) entries.push_back({base + i, bytes(std::to_string(i))});
  hot.append(a, entries);
  const auto found = kept(*cache, a, base, base + 299);
  REQUIRE(found);
  CHECK(found->at(0).bytes->empty());
  CHECK(*found->at(1).bytes == all);
  CHECK(found->at(2).bytes->size() == 1 << 20);
  CHECK(*found->at(299).bytes == "299");
  CHECK(found->at(299).seq == base + 299);
}

TEST_CASE("The memory cache is bounded by bytes; what was used longest ago goes first") {
  const auto cache = make(Engine::memory, 300, 40'000);
  auto& hot = cache->hot_messages();
  for (int i = 0; i < 100; ++i) {
    hot.append("c" + std::to_string(i), run(1, 10, 100));
    CHECK(kept(*cache, "c0", 1, 1));
  }
  CHECK_FALSE(hot.range("c1", 1, 1));
  CHECK(kept(*cache, "c99", 1, 10));
}

TEST_CASE("Readers and writers meet without harm") {
  const auto engine = GENERATE(from_range(engines));
  INFO(name_of(engine));
  const auto cache = make(engine, 50, 100'000);
  auto& hot = cache->hot_messages();
  const auto prefix = fresh("c");
  const core::Seq rounds = engine == Engine::memory ? 2000 : 300;
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (core::Seq i = 1; i < rounds; ++i) {
        const auto id = prefix + std::to_string((i + t) % 7);
        hot.append(id, run(i, i + 2));
        if (const auto found = hot.range(id, i, i + 1)) wrong += found->size() != 2;
        if (i % 50 == 0) hot.forget(id);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(wrong == 0);
}

TEST_CASE("Every replica sees the same hot messages") {
  const auto engine = GENERATE(Engine::standalone, Engine::sentinel, Engine::cluster);
  INFO(name_of(engine));
  const auto one = make_cache(engine, {}, "one"), two = make_cache(engine, {}, "two");
  const auto a = fresh("a");
  one->hot_messages().append(a, run(1, 3));
  REQUIRE(kept(*one, a, 1, 3));
  REQUIRE(kept(*two, a, 1, 3));
  two->hot_messages().replace(a, 2, bytes("new"));
  REQUIRE(kept(*two, a, 2, 2));
  CHECK(*kept(*one, a, 2, 2)->front().bytes == "new");
  one->hot_messages().forget(a);
  REQUIRE_FALSE(one->hot_messages().range(a, 2, 2));
  CHECK_FALSE(two->hot_messages().range(a, 2, 2));
}
