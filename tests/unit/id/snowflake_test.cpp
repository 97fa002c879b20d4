#include "netherlink/id/snowflake.hpp"

#include <algorithm>
#include <set>
#include <thread>
#include <vector>

#include "support/catch.hpp"

using namespace netherlink::id;
using netherlink::core::Timestamp;

namespace {

constexpr Timestamp now = epoch_ms + 86'400'000;

}  // namespace

TEST_CASE("an id says when and where it was made") {
  const auto id = next_id(0, 513, now);
  CHECK(id > 0);
  CHECK(time_of(id) == now);
  CHECK(machine_of(id) == 513);
  CHECK(machine_of(next_id(0, 1023, now)) == 1023);
  CHECK(machine_of(next_id(0, 0, now)) == 0);
}

TEST_CASE("a millisecond has 4096 ids, then the next one is borrowed") {
  std::int64_t last = 0;
  for (int i = 0; i < 4096; ++i) {
    const auto id = next_id(last, 7, now);
    REQUIRE(id > last);
    REQUIRE(time_of(id) == now);
    last = id;
  }
  const auto borrowed = next_id(last, 7, now);
  CHECK(time_of(borrowed) == now + 1);
  CHECK((borrowed & 4095) == 0);
  CHECK(machine_of(borrowed) == 7);
  CHECK(next_id(borrowed, 7, now) == borrowed + 1);
  CHECK(time_of(next_id(borrowed, 7, now + 2)) == now + 2);
}

TEST_CASE("a clock that goes back is ridden out") {
  auto last = next_id(0, 7, now);
  for (Timestamp back : {now - 1, now - 60'000, epoch_ms, epoch_ms - 1'000'000, Timestamp{0}, Timestamp{-1}}) {
    const auto id = next_id(last, 7, back);
    CHECK(id > last);
    CHECK(time_of(id) == now);
    CHECK(machine_of(id) == 7);
    last = id;
  }
}

TEST_CASE("an id of another machine is passed as well") {
  for (std::int64_t other : {0, 6, 8, 1023}) {
    const auto last = next_id(next_id(0, other, now), other, now);
    const auto id = next_id(last, 7, now);
    CHECK(id > last);
    CHECK(machine_of(id) == 7);
  }
}

TEST_CASE("the first id is not 0 even at the epoch") {
  CHECK(next_id(0, 0, epoch_ms) > 0);
  CHECK(next_id(0, 0, 0) > 0);
}

TEST_CASE("a generator gives every thread ids of its own, ascending") {
  Generator generator(3);
  std::vector<std::vector<std::int64_t>> ids(4);
  std::vector<std::thread> threads;
  for (auto& mine : ids) {
    threads.emplace_back([&] {
      for (int i = 0; i < 20'000; ++i) mine.push_back(*generator.next());
    });
  }
  for (auto& thread : threads) thread.join();
  std::set<std::int64_t> all;
  for (const auto& mine : ids) {
    CHECK(std::is_sorted(mine.begin(), mine.end()));
    all.insert(mine.begin(), mine.end());
  }
  CHECK(all.size() == 80'000);
  CHECK(machine_of(*all.begin()) == 3);
}

TEST_CASE("a generator without the right to its machine number gives no ids") {
  using Clock = Generator::Clock;
  Generator generator;
  CHECK(generator.next().error().is(netherlink::errors::server_unavailable));
  generator.hold(5, 0, Clock::now() + std::chrono::hours(1));
  const auto first = generator.next();
  REQUIRE(first);
  CHECK(machine_of(*first) == 5);
  CHECK(generator.last() == *first);
  generator.hold(5, 0, Clock::now());
  CHECK_FALSE(generator.next());
}

TEST_CASE("a generator goes on above what the holder before it gave out") {
  Generator generator;
  const auto ahead = next_id(0, 5, netherlink::core::now_ms() + 3'600'000);
  generator.hold(5, ahead, Generator::Clock::time_point::max());
  CHECK(*generator.next() > ahead);
}
