// Random people, devices and operations against a small model of what docs/protocol.md promises.
//   NETHERLINK_MODEL_SEED=7 build/release/tests/model            that seed alone
//   NETHERLINK_MODEL_STEPS=300                                   so many operations: a failure in a shorter prefix
#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <random>

#include "model/driver.hpp"
#include "support/catch.hpp"

namespace netherlink::test::model {
namespace {

constexpr long default_steps = 2000, between = 500;
constexpr int attempts = 6;  // to find a shorter prefix that fails

std::optional<long> from_environment(const char* name) {
  const char* const text = std::getenv(name);
  return text == nullptr ? std::nullopt : std::optional(std::stol(text));
}

/// Even seeds: large groups, in shards of one session.
std::vector<std::string> settings_of(unsigned seed) {
  std::vector<std::string> settings{"log.level=info", "http.threads=" + std::to_string(1 + seed % 3)};
  if (seed % 2 == 0) settings.insert(settings.end(), {"groups.large_threshold=2", "groups.shard=1"});
  return settings;
}

struct Failure {
  long step = 0;
  std::string what, trace;
};

std::optional<Failure> run(unsigned seed, long steps) {
  Driver driver(seed, settings_of(seed));
  long done = 0;
  try {
    while (done < steps) {
      done = std::min(steps, done + between);
      driver.run(done);
      driver.compare();
    }
  } catch (const std::exception& problem) {
    return Failure{driver.steps(), problem.what(), driver.trace()};
  }
  return std::nullopt;
}

/// What fails after `failure.step` operations may fail after fewer: the shortest prefix that was found.
Failure shrink(unsigned seed, Failure failure) {
  long good = 0;
  for (int i = 0; i < attempts && failure.step - good > 1; ++i) {
    const long middle = good + (failure.step - good) / 2;
    if (auto shorter = run(seed, middle)) {
      shorter->step = std::min(shorter->step, middle);
      failure = std::move(*shorter);
    } else {
      good = middle;
    }
  }
  return failure;
}

void check(unsigned seed, long steps) {
  std::cout << "NETHERLINK_MODEL_SEED=" << seed << " NETHERLINK_MODEL_STEPS=" << steps << std::endl;
  auto failure = run(seed, steps);
  CHECK(!failure);
  if (!failure) return;
  std::cout << "failed at step " << failure->step << ": " << failure->what << "\n" << failure->trace << std::endl;
  const auto shortest = shrink(seed, *failure);
  std::cout << "again: NETHERLINK_MODEL_SEED=" << seed << " NETHERLINK_MODEL_STEPS=" << shortest.step << "\n"
            << shortest.trace << std::endl;
  FAIL(shortest.what);
}

}  // namespace

TEST_CASE("model: whatever people, devices and the server do, everybody sees what the model says") {
  const auto steps = from_environment("NETHERLINK_MODEL_STEPS").value_or(default_steps);
  if (const auto seed = from_environment("NETHERLINK_MODEL_SEED")) return check(static_cast<unsigned>(*seed), steps);
  for (const unsigned seed : {1U, 2U, std::random_device()() % 1'000'000}) check(seed, steps);
}

}  // namespace netherlink::test::model
