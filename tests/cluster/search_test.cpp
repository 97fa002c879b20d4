#include <chrono>
#include <thread>

#include "support/catch.hpp"
#include "support/person.hpp"
#include "support/stack.hpp"

namespace netherlink::test {
namespace {

std::size_t count(Person& who, const std::string& word) {
  const auto answer = who.http.get("/api/v1/chat/search?limit=200&q=" + word);
  REQUIRE(answer.status == 200);
  return answer.json["items"].size();
}

void wait_for(Person& who, const std::string& word, std::size_t wanted) {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (count(who, word) < wanted) {
    REQUIRE(std::chrono::steady_clock::now() < end);
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  CHECK(count(who, word) == wanted);
}

}  // namespace

TEST_CASE("replicas: what is said on one is found on the other, also after one is gone", "[replicas][search]") {
  Replicas replicas(Stack::shared(), 2);
  replicas.wait_ready();
  Person ada(replicas[0], "ada"), bob(replicas[1], "bob");
  // Conversations of several partitions: both replicas write, and index, some.
  std::vector<Person> others;
  for (int i = 0; i < 6; ++i) others.emplace_back(replicas[1], "other");
  std::size_t said = 0;
  for (int round = 0; round < 5; ++round) {
    for (const auto& other : others) {
      ada.post(ada.with(other), "xyzzy on the cluster");
      ++said;
    }
  }
  bob.post(bob.with(ada), "xyzzy from the other side");
  wait_for(ada, "xyzzy", ++said);
  CHECK(count(bob, "xyzzy") == 1);

  for (const auto& other : others) ada.post(ada.with(other), "plugh before the end");
  replicas[1].kill();
  wait_for(ada, "plugh", others.size());
}

}  // namespace netherlink::test
