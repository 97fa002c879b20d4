// What the cluster promises while its parts die (docs/reliability.md): people talk over three replicas all the time,
// one thing is broken, and afterwards everybody has everything, once, in order. NETHERLINK_CHAOS_ROUNDS breaks it so
// many times, NETHERLINK_CHAOS_PEOPLE talk.
#include <signal.h>

#include <thread>

#include "cluster/survive.hpp"
#include "support/catch.hpp"

namespace netherlink::test {

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
  survive(replicas.ports(), [&](std::size_t) {
    // One after the other: the owner of every partition is among them.
    for (std::size_t i = 0; i < replicas.size(); ++i) {
      replicas[i].signal(SIGSTOP);
      std::this_thread::sleep_for(pause_length());
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
