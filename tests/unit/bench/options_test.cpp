#include "bench/support/options.hpp"

#include <vector>

#include "bench/client/endpoint.hpp"
#include "bench/support/failure.hpp"
#include "support/catch.hpp"

using namespace netherlink::bench;

namespace {

Options parse(std::vector<const char*> words) {
  words.insert(words.begin(), "netherlink-bench");
  return parse_options(static_cast<int>(words.size()), words.data());
}

}  // namespace

TEST_CASE("options with their value behind or after =") {
  const auto options = parse({"dm", "--url", "http://a:1", "--url=http://b:2", "--pairs=7", "--both"});
  CHECK(options.scenario == "dm");
  CHECK(options.urls == std::vector<std::string>{"http://a:1", "http://b:2"});
  CHECK(options.pairs == 7);
  CHECK(options.both_directions);
  CHECK_FALSE(options.window);
}

TEST_CASE("wrong options are refused") {
  CHECK_THROWS_AS(parse({"dm", "idle"}), Failure);
  CHECK_THROWS_AS(parse({"--nonsense"}), Failure);
  CHECK_THROWS_AS(parse({"--pairs"}), Failure);
  CHECK_THROWS_AS(parse({"--pairs=0"}), Failure);
  CHECK_THROWS_AS(parse({"--pairs=7x"}), Failure);
}

TEST_CASE("endpoints") {
  const auto endpoint = Endpoint::parse("http://127.0.0.1:8080/");
  CHECK(endpoint.host == "127.0.0.1:8080");
  CHECK(endpoint.is_loopback());
  CHECK_THROWS_AS(Endpoint::parse("https://127.0.0.1"), Failure);
  CHECK_THROWS_AS(Endpoint::parse("http://127.0.0.1:99999"), Failure);
}
