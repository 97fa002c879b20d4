#include "netherlink/core/worker_pool.hpp"

#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <future>
#include <memory>

#include "support/catch.hpp"

using netherlink::core::WorkerPool;

TEST_CASE("a full queue refuses, and what was accepted runs") {
  std::promise<void> gate, started;
  std::atomic<int> ran = 0;
  {
    WorkerPool pool({.name = "test", .threads = 1, .queue_limit = 2});
    REQUIRE(pool.try_post([&] {
      started.set_value();
      gate.get_future().wait();
      ++ran;
    }));
    started.get_future().wait();  // running: no longer in the queue
    CHECK(pool.try_post([&] { ++ran; }));
    CHECK(pool.try_post([&] { ++ran; }));
    CHECK(pool.queued() == 2);
    CHECK_FALSE(pool.try_post([&] { ran += 100; }));
    gate.set_value();
  }
  CHECK(ran == 3);
}

TEST_CASE("a stopped pool accepts nothing, and may be stopped again") {
  std::atomic<int> ran = 0;
  WorkerPool pool({.name = "test", .threads = 3, .queue_limit = 100});
  for (int i = 0; i < 50; ++i) REQUIRE(pool.try_post([&] { ++ran; }));
  pool.stop();
  CHECK(ran == 50);
  CHECK_FALSE(pool.try_post([&] { ++ran; }));
  pool.stop();
  CHECK(ran == 50);
}

TEST_CASE("every accepted job runs once, whoever posts") {
  std::atomic<int> accepted = 0, ran = 0;
  {
    WorkerPool pool({.name = "test", .threads = 2, .queue_limit = 64});
    std::vector<std::thread> posters;
    for (int t = 0; t < 4; ++t) {
      posters.emplace_back([&] {
        for (int i = 0; i < 5000; ++i) accepted += pool.try_post([&] { ++ran; }) ? 1 : 0;
      });
    }
    for (auto& poster : posters) poster.join();
  }
  CHECK(accepted > 0);
  CHECK(ran == accepted);
}

TEST_CASE("a job gives back what it owns when it is done") {
  WorkerPool pool({.name = "test", .threads = 1, .queue_limit = 4});
  auto owned = std::make_shared<int>(1);
  const std::weak_ptr<int> watched = owned;
  std::promise<void> after;
  REQUIRE(pool.try_post([owned = std::move(owned)] {}));
  REQUIRE(pool.try_post([&] { after.set_value(); }));
  after.get_future().wait();
  CHECK(watched.expired());
}

TEST_CASE("threads carry the pool's name and niceness") {
  WorkerPool pool({.name = "hash", .threads = 1, .queue_limit = 1, .nice = 5});
  std::promise<std::pair<std::string, int>> seen;
  REQUIRE(pool.try_post([&] {
    std::array<char, 16> name{};
    pthread_getname_np(pthread_self(), name.data(), name.size());
    seen.set_value({name.data(), getpriority(PRIO_PROCESS, static_cast<id_t>(gettid()))});
  }));
  const auto [name, nice] = seen.get_future().get();
  CHECK(name == "hash-0");
  CHECK(nice >= 5);
  CHECK(getpriority(PRIO_PROCESS, static_cast<id_t>(gettid())) <= nice);
}
