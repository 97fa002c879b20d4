#include "friend/arrivals.hpp"

#include <thread>

#include "support/catch.hpp"

namespace netherlink::friends {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using Users = std::vector<UserId>;

constexpr milliseconds day = hours(24);

/// What there is now, without waiting.
Arrivals::Batch now(Arrivals& arrivals) {
  auto batch = arrivals.wait(Clock::now());
  REQUIRE(batch);
  return *batch;
}

}  // namespace

TEST_CASE("Whoever has several sockets comes and goes once") {
  Arrivals arrivals(milliseconds(0));
  arrivals.connected(1);
  arrivals.connected(1);
  arrivals.connected(2);
  CHECK(arrivals.here(Users{2, 3}) == Users{2});
  CHECK(now(arrivals).came == Users{1, 2});
  arrivals.disconnected(1);
  CHECK(now(arrivals).went.empty());
  arrivals.disconnected(1);
  CHECK(now(arrivals).went == Users{1});
  CHECK(now(arrivals).went.empty());
  CHECK(arrivals.present() == Users{2});
  arrivals.connected(1);
  CHECK(now(arrivals).came == Users{1});
}

TEST_CASE("Whoever is back within the grace was never away") {
  Arrivals arrivals(day);
  arrivals.connected(1);
  CHECK(now(arrivals).came == Users{1});
  for (int i = 0; i < 3; ++i) {
    arrivals.disconnected(1);
    arrivals.connected(1);
    const auto batch = now(arrivals);
    CHECK(batch.came.empty());
    CHECK(batch.went.empty());
  }
  arrivals.disconnected(1);
  CHECK(now(arrivals).went.empty());
  CHECK(arrivals.present() == Users{1});
}

TEST_CASE("Whoever was here for a moment comes before they go") {
  Arrivals arrivals(milliseconds(0));
  for (int i = 0; i < 3; ++i) {
    arrivals.connected(1);
    arrivals.disconnected(1);
  }
  const auto batch = now(arrivals);
  CHECK(batch.came == Users{1});
  CHECK(batch.went == Users{1});
  CHECK(arrivals.present().empty());
  CHECK(now(arrivals).came.empty());
}

TEST_CASE("Many come in batches, each once, and nobody goes before they came") {
  Arrivals arrivals(milliseconds(0));
  constexpr UserId people = 1000;
  for (UserId user = 1; user <= people; ++user) arrivals.connected(user);
  arrivals.disconnected(people);
  Users came, went;
  for (int i = 0; i < 20; ++i) {
    const auto batch = now(arrivals);
    CHECK(batch.came.size() <= 200);
    came.insert(came.end(), batch.came.begin(), batch.came.end());
    went.insert(went.end(), batch.went.begin(), batch.went.end());
    if (!batch.went.empty()) CHECK(came.size() == people);
  }
  CHECK(came.size() == people);
  CHECK(went == Users{people});
}

TEST_CASE("A socket that was never counted changes nothing") {
  Arrivals arrivals(milliseconds(0));
  arrivals.disconnected(1);
  const auto batch = now(arrivals);
  CHECK(batch.came.empty());
  CHECK(batch.went.empty());
}

TEST_CASE("Waiting ends with what comes, with the time, or with the end") {
  Arrivals arrivals(milliseconds(0));
  std::thread other([&] { arrivals.look_again(7); });
  auto batch = arrivals.wait(Clock::now() + day);
  other.join();
  REQUIRE(batch);
  CHECK(batch->look_again == Users{7});
  CHECK(arrivals.wait(Clock::now())->look_again.empty());
  std::thread last([&] { arrivals.stop(); });
  CHECK_FALSE(arrivals.wait(Clock::now() + day));
  last.join();
}

}  // namespace netherlink::friends
