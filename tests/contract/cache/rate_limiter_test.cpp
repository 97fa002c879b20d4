#include <atomic>
#include <thread>

#include "netherlink/cache/cache.hpp"
#include "support/catch.hpp"

using namespace netherlink;

TEST_CASE("A bucket gives its burst and then says how long to wait") {
  const auto cache = cache::make_memory_cache({});
  auto& limiter = cache->rate_limiter();
  for (int i = 0; i < 3; ++i) CHECK_FALSE(limiter.take("a", {3, 0.001}));
  const auto wait = limiter.take("a", {3, 0.001});
  REQUIRE(wait);
  CHECK(*wait > std::chrono::seconds(900));
  CHECK(*wait <= std::chrono::seconds(1000));
  CHECK_FALSE(limiter.take("b", {3, 0.001}));
}

TEST_CASE("A bucket that never refills still answers") {
  const auto cache = cache::make_memory_cache({});
  CHECK_FALSE(cache->rate_limiter().take("a", {1, 0}));
  CHECK(cache->rate_limiter().take("a", {1, 0}));
}

TEST_CASE("Whoever races, a bucket gives no more than it holds") {
  const auto cache = cache::make_memory_cache({});
  std::atomic<int> taken{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 1000; ++i) taken += !cache->rate_limiter().take("a", {100, 0.0001});
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(taken == 100);
}

TEST_CASE("Buckets are bounded: the one used longest ago is forgotten") {
  cache::MemoryCacheOptions options;
  options.buckets = 2;
  const auto cache = cache::make_memory_cache(options);
  auto& limiter = cache->rate_limiter();
  CHECK_FALSE(limiter.take("a", {1, 0.001}));
  CHECK_FALSE(limiter.take("b", {1, 0.001}));
  CHECK_FALSE(limiter.take("c", {1, 0.001}));
  CHECK_FALSE(limiter.take("a", {1, 0.001}));
  CHECK(limiter.take("c", {1, 0.001}));
}

TEST_CASE("A revoked session stays refused until its tokens are over") {
  const auto cache = cache::make_memory_cache({});
  auto& revoked = cache->revoked_sessions();
  CHECK_FALSE(revoked.contains(1));
  revoked.add(1, core::now_ms() + 60'000);
  revoked.add(2, core::now_ms() - 1);
  revoked.add(3, core::now_ms() + 60'000);
  CHECK(revoked.contains(1));
  CHECK(revoked.contains(3));
  CHECK_FALSE(revoked.contains(2));
}
