#include "cluster/survive.hpp"

#include <cstdlib>
#include <string>

#include "support/catch.hpp"

namespace netherlink::test {
namespace {

std::size_t number_from(const char* variable, std::size_t otherwise) {
  const char* value = std::getenv(variable);
  return value == nullptr ? otherwise : std::stoul(value);
}

}  // namespace

milliseconds pause_length() {
  return milliseconds(number_from("NETHERLINK_CHAOS_PAUSE_MS", 4000));
}

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

}  // namespace netherlink::test
