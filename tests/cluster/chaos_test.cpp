// What the cluster promises while its parts die (docs/reliability.md): people talk over three replicas all the time,
// one thing is broken, and afterwards everybody has everything, once, in order. NETHERLINK_CHAOS_ROUNDS breaks it so
// many times, NETHERLINK_CHAOS_PEOPLE talk.
#include <signal.h>

#include <cstdlib>
#include <functional>
#include <thread>

#include "support/catch.hpp"
#include "support/chaos_crowd.hpp"
#include "support/stack.hpp"

namespace netherlink::test {
namespace {

std::size_t number_from(const char* variable, std::size_t otherwise) {
  const char* value = std::getenv(variable);
  return value == nullptr ? otherwise : std::stoul(value);
}

/// People talk while `fault(round)` runs, again and again; then everything must be there.
void survive(const std::vector<std::uint16_t>& ports, const std::function<void(std::size_t round)>& fault) {
  ChaosClient::Options options;
  options.window = 4;
  Crowd crowd(ports, number_from("NETHERLINK_CHAOS_PEOPLE", 6), options);
  const auto rounds = number_from("NETHERLINK_CHAOS_ROUNDS", 1);
  for (std::size_t round = 0; round < rounds && !crowd.failed(); ++round) {
    const bool before = crowd.make_progress(200);
    CHECK(before);
    fault(round);
    // Level again: everybody is connected, and messages go through.
    const bool after = crowd.make_progress(200, milliseconds(120'000));
    CHECK(after);
    if (!before || !after) break;
  }
  crowd.finish();
  check_everything(crowd);
}

constexpr auto for_a_moment = milliseconds(300);

}  // namespace

TEST_CASE("chaos: a replica is killed", "[chaos]") {
  Replicas replicas(Stack::shared(), 3);
  survive(replicas.ports(), [&](std::size_t round) {
    auto& victim = replicas[round % replicas.size()];
    victim.kill();
    std::this_thread::sleep_for(for_a_moment);
    victim.start();
  });
}

TEST_CASE("chaos: replicas are paused and go on", "[chaos]") {
  Replicas replicas(Stack::shared(), 3);
  const auto pause = milliseconds(number_from("NETHERLINK_CHAOS_PAUSE_MS", 4000));
  survive(replicas.ports(), [&](std::size_t) {
    // One after the other: the owner of every partition is among them.
    for (std::size_t i = 0; i < replicas.size(); ++i) {
      replicas[i].signal(SIGSTOP);
      std::this_thread::sleep_for(pause);
      replicas[i].signal(SIGCONT);
    }
  });
}

TEST_CASE("chaos: replicas are replaced one after the other", "[chaos]") {
  Replicas replicas(Stack::shared(), 3);
  survive(replicas.ports(), [&](std::size_t) {
    for (std::size_t i = 0; i < replicas.size(); ++i) {
      CHECK(replicas[i].terminate() == 0);
      replicas[i].start();
      replicas.wait_ready();
    }
  });
}

TEST_CASE("chaos: the cache is killed, and loses everything", "[chaos]") {
  auto& cache = Stack::shared().cache();
  Replicas replicas(Stack::shared(), 3);
  survive(replicas.ports(), [&](std::size_t) {
    cache.kill();
    std::this_thread::sleep_for(milliseconds(1500));
    cache.start();
    std::this_thread::sleep_for(for_a_moment);
    cache.flush();
  });
}

// Not with every run: after a kill of a lone node, RabbitMQ 3.10 takes up to a minute or two until each of its quorum
// queues has a leader again (scripts/chaos runs it).
TEST_CASE("chaos: the broker is killed", "[.broker]") {
  auto& broker = Stack::shared().broker();
  Replicas replicas(Stack::shared(), 3);
  survive(replicas.ports(), [&](std::size_t) {
    broker.kill();
    broker.start();
  });
}

TEST_CASE("chaos: the database is killed", "[chaos]") {
  auto& database = Stack::shared().database();
  Replicas replicas(Stack::shared(), 3);
  survive(replicas.ports(), [&](std::size_t) {
    database.kill();
    std::this_thread::sleep_for(for_a_moment);
    database.start();
  });
}

}  // namespace netherlink::test
