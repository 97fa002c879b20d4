#include <chrono>
#include <set>
#include <thread>

#include "engines.hpp"

namespace netherlink::store::testing {
namespace {

using namespace std::chrono_literals;
using id::MachineLease;

/// Waits until somebody gets a number of lowest..highest.
MachineLease acquire_soon(id::MachineLeases& machines, std::string_view holder, std::int64_t lowest,
                          std::int64_t highest) {
  const auto deadline = std::chrono::steady_clock::now() + 30s;
  for (;;) {
    auto lease = machines.acquire(holder, lowest, highest, 1h);
    if (lease || std::chrono::steady_clock::now() > deadline) return must(std::move(lease));
    std::this_thread::sleep_for(5ms);
  }
}

TEMPLATE_LIST_TEST_CASE("every holder gets a number of its own until all are held", "[machines]", Engines) {
  TestType database;
  auto& machines = database->machines();
  std::set<std::int64_t> held;
  for (const auto* holder : {"a", "b", "c"}) {
    const auto lease = must(machines.acquire(holder, 5, 7, 1h));
    CHECK(lease.holder == holder);
    CHECK(lease.last_id == 0);
    held.insert(lease.machine);
  }
  CHECK(held == std::set<std::int64_t>{5, 6, 7});
  const auto refused = machines.acquire("d", 5, 7, 1h);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().is(errors::server_unavailable));
  CHECK(must(machines.acquire("d", 4, 8, 1h)).machine == 4);
  CHECK_FALSE(machines.acquire("e", 5, 7, 1h).has_value());
  database.reopen();
  CHECK_FALSE(database->machines().acquire("e", 4, 7, 1h).has_value());
}

TEMPLATE_LIST_TEST_CASE("a lease that ran out is taken over with its high-water mark", "[machines]", Engines) {
  TestType database;
  auto& machines = database->machines();
  auto old = must(machines.acquire("old", 1, 1, 1h));
  old.last_id = (std::int64_t{1} << 62) + 9;
  CHECK(must(machines.renew(old, 1ms)));
  const auto next = acquire_soon(machines, "next", 1, 1);
  CHECK(next.machine == 1);
  CHECK(next.holder == "next");
  CHECK(next.last_id == old.last_id);
  CHECK_FALSE(must(machines.renew(old, 1h)));
  must(machines.release(old));  // not its own any more
  CHECK_FALSE(machines.acquire("third", 1, 1, 1h).has_value());
  CHECK(must(machines.renew(next, 1h)));
}

TEMPLATE_LIST_TEST_CASE("a lease that ran out unnoticed goes on", "[machines]", Engines) {
  TestType database;
  auto& machines = database->machines();
  auto lease = must(machines.acquire("a", 1, 1, 0ms));
  lease.last_id = 100;
  CHECK(must(machines.renew(lease, 1h)));
  CHECK_FALSE(machines.acquire("b", 1, 1, 1h).has_value());
  lease.last_id = 50;  // never goes back
  CHECK(must(machines.renew(lease, 0ms)));
  CHECK(acquire_soon(machines, "b", 1, 1).last_id == 100);
}

TEMPLATE_LIST_TEST_CASE("a released number goes to whoever asks when no other is free for longer", "[machines]",
                        Engines) {
  TestType database;
  auto& machines = database->machines();
  auto first = must(machines.acquire("a", 1, 3, 1h));
  first.last_id = 7;
  must(machines.release(first));
  CHECK_FALSE(must(machines.renew(first, 1h)));
  const auto second = must(machines.acquire("b", 1, 3, 1h)), third = must(machines.acquire("c", 1, 3, 1h));
  CHECK(std::set{second.machine, third.machine} == std::set<std::int64_t>{2, 3});
  const auto again = must(machines.acquire("d", 1, 3, 1h));
  CHECK(again.machine == first.machine);
  CHECK(again.last_id == 7);
}

TEMPLATE_LIST_TEST_CASE("those who race for numbers get different ones", "[machines]", Engines) {
  TestType database;
  std::vector<MachineLease> leases(4);
  for (int round = 0; round < 3; ++round) {
    std::vector<std::thread> threads;
    for (std::size_t t = 0; t < leases.size(); ++t) {
      threads.emplace_back(
          [&, t] { leases[t] = must(database->machines().acquire("holder " + std::to_string(t), 10, 13, 1h)); });
    }
    for (auto& thread : threads) thread.join();
    std::set<std::int64_t> held;
    for (const auto& lease : leases) held.insert(lease.machine);
    CHECK(held.size() == leases.size());
    for (const auto& lease : leases) must(database->machines().release(lease));
  }
}

}  // namespace
}  // namespace netherlink::store::testing
