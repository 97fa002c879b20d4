#include <atomic>
#include <mutex>
#include <thread>

#include "bus/task_policy.hpp"
#include "engines.hpp"
#include "support/catch.hpp"

using namespace netherlink;
using namespace netherlink::test;
using Priority = bus::TaskQueue::Priority;

namespace {

void must_publish_task(bus::TaskQueue& tasks, Priority priority, const std::string& text) {
  REQUIRE(eventually([&] { return tasks.publish(priority, text).has_value(); }));
}

}  // namespace

TEST_CASE("Tasks that wait are done by priority") {
  const auto engine = GENERATE(from_range(engines));
  INFO(name_of(engine));
  const auto bus = make_bus(engine);
  std::mutex mutex;
  std::vector<std::string> done;
  for (int i = 0; i < 3; ++i) {
    must_publish_task(bus->tasks(), Priority::low, "low");
    must_publish_task(bus->tasks(), Priority::high, "high");
    must_publish_task(bus->tasks(), Priority::normal, "normal");
  }
  if (engine == Engine::rabbitmq) {
    std::this_thread::sleep_for(std::chrono::milliseconds(500));  // until the broker has them all
  }
  bus->tasks().consume([&](const std::string& task) {
    std::lock_guard lock(mutex);
    done.push_back(task);
    return true;
  });
  const auto size = [&] {
    std::lock_guard lock(mutex);
    return done.size();
  };
  CHECK(eventually([&] { return size() == 9; }));
  bus->stop();
  REQUIRE(done.size() == 9);
  for (std::size_t i = 0; i < 9; ++i) CHECK(done[i] == (i < 3 ? "high" : i < 6 ? "normal" : "low"));
}

TEST_CASE("A task that fails is tried again a few times") {
  const auto engine = GENERATE(from_range(engines));
  INFO(name_of(engine));
  const auto bus = make_bus(engine);
  std::atomic<int> flaky = 0, hopeless = 0;
  bus->tasks().consume([&](const std::string& task) {
    if (task == "flaky") return ++flaky == 2;
    ++hopeless;
    return false;
  });
  must_publish_task(bus->tasks(), Priority::normal, "flaky");
  must_publish_task(bus->tasks(), Priority::normal, "hopeless");
  CHECK(eventually([&] { return hopeless == bus::task_tries; }));
  CHECK(eventually([&] { return flaky == 2; }));
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  CHECK(hopeless == bus::task_tries);
  CHECK(flaky == 2);
}

TEST_CASE("Tasks are refused after stop()") {
  const auto engine = GENERATE(from_range(engines));
  INFO(name_of(engine));
  const auto bus = make_bus(engine);
  bus->stop();
  CHECK(bus->tasks().publish(Priority::normal, "x").error().is(errors::server_unavailable));
}
