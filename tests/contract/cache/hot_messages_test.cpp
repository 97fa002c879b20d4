#include <thread>

#include "netherlink/cache/cache.hpp"
#include "support/catch.hpp"

using namespace netherlink;

namespace {

std::vector<cache::HotEntry> run(core::Seq from, core::Seq to, std::size_t bytes = 8) {
  std::vector<cache::HotEntry> entries;
  for (auto seq = from; seq <= to; ++seq) {
    auto text = std::to_string(seq);
    text.resize(std::max(bytes, text.size()), ' ');
    entries.push_back({seq, std::make_shared<const std::string>(std::move(text))});
  }
  return entries;
}

std::unique_ptr<cache::Cache> make(std::size_t per_conversation, std::size_t bytes = 1 << 20) {
  cache::MemoryCacheOptions options;
  options.hot_messages = per_conversation;
  options.hot_bytes = bytes;
  return cache::make_memory_cache(options);
}

}  // namespace

TEST_CASE("A run is found whole or not at all") {
  const auto cache = make(10);
  auto& hot = cache->hot_messages();
  hot.append("a", run(5, 8));
  const auto found = hot.range("a", 5, 8);
  REQUIRE(found);
  REQUIRE(found->size() == 4);
  CHECK(found->front().seq == 5);
  CHECK(*found->back().bytes == *run(8, 8).front().bytes);
  CHECK_FALSE(hot.range("a", 4, 8));
  CHECK_FALSE(hot.range("a", 8, 9));
  CHECK_FALSE(hot.range("b", 5, 5));
}

TEST_CASE("Only the newest of a conversation are kept") {
  const auto cache = make(3);
  cache->hot_messages().append("a", run(1, 10));
  CHECK(cache->hot_messages().range("a", 8, 10));
  CHECK_FALSE(cache->hot_messages().range("a", 7, 10));
}

TEST_CASE("A run that does not follow replaces what was there: never a hole") {
  const auto cache = make(10);
  auto& hot = cache->hot_messages();
  hot.append("a", run(1, 3));
  hot.append("a", run(5, 6));
  CHECK_FALSE(hot.range("a", 1, 3));
  CHECK(hot.range("a", 5, 6));
  hot.append("a", run(5, 6));
  CHECK(hot.range("a", 5, 6)->size() == 2);
}

TEST_CASE("A changed message takes the place of the old one") {
  const auto cache = make(10);
  auto& hot = cache->hot_messages();
  hot.append("a", run(1, 3));
  hot.replace("a", 2, std::make_shared<const std::string>("new"));
  CHECK(*hot.range("a", 2, 2)->front().bytes == "new");
  hot.replace("a", 9, std::make_shared<const std::string>("unknown"));
  hot.forget("a");
  CHECK_FALSE(hot.range("a", 1, 1));
}

TEST_CASE("The cache is bounded by bytes; what was used longest ago goes first") {
  const auto cache = make(300, 40'000);
  auto& hot = cache->hot_messages();
  for (int i = 0; i < 100; ++i) {
    hot.append("c" + std::to_string(i), run(1, 10, 100));
    CHECK(hot.range("c0", 1, 1));
  }
  CHECK_FALSE(hot.range("c1", 1, 1));
  CHECK(hot.range("c99", 1, 10));
}

TEST_CASE("Readers and writers meet without harm") {
  const auto cache = make(50, 100'000);
  auto& hot = cache->hot_messages();
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (core::Seq i = 1; i < 2000; ++i) {
        const auto id = "c" + std::to_string((i + t) % 7);
        hot.append(id, run(i, i + 2));
        if (const auto found = hot.range(id, i, i + 1)) CHECK(found->size() == 2);
        if (i % 50 == 0) hot.forget(id);
      }
    });
  }
  for (auto& thread : threads) thread.join();
}
