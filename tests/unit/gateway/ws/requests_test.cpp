#include "gateway/ws/requests.hpp"

#include <map>
#include <random>

#include "support/catch.hpp"

namespace netherlink::gateway::ws {

TEST_CASE("ws requests: each is answered once, in any order") {
  Requests requests;
  std::map<std::uint32_t, std::string> open;
  std::minstd_rand random(3);
  for (int i = 0; i < 5000; ++i) {
    if (random() % 2 == 0 && requests.span() < 64) {
      const std::string id = "id" + std::to_string(i);
      const std::uint32_t number = requests.add({id, "c" + id, 7, {}});
      REQUIRE(open.emplace(number, id).second);
    } else if (!open.empty()) {
      auto which = open.begin();
      std::advance(which, random() % std::min<std::size_t>(open.size(), 5));
      const auto taken = requests.take(which->first);
      REQUIRE(taken.has_value());
      CHECK(taken->id == which->second);
      CHECK_FALSE(requests.take(which->first).has_value());
      open.erase(which);
    }
    CHECK(requests.open() == open.size());
    CHECK(requests.empty() == open.empty());
  }
  CHECK_FALSE(requests.take(0).has_value());
  CHECK_FALSE(requests.take(1).has_value());
  CHECK_FALSE(requests.take(1'000'000).has_value());
}

TEST_CASE("ws requests: a send is found by what the client called it") {
  Requests requests;
  const auto first = requests.add({"1", "same", 10, {}}), second = requests.add({"2", "same", 20, {}});
  CHECK(requests.find("same", 10) == first);
  CHECK(requests.find("same", 20) == second);
  CHECK(requests.find("same", 30) == std::nullopt);
  requests.take(first);
  CHECK(requests.find("same", 10) == std::nullopt);
  requests.take(second);
  requests.shrink();
  CHECK(requests.add({"3", "again", 10, {}}) == second + 1);
}

}  // namespace netherlink::gateway::ws
