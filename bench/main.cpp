#include <fmt/format.h>

#include <cstdio>
#include <exception>

#include "bench/scenario/scenario.hpp"
#include "bench/support/failure.hpp"

namespace {

using namespace netherlink::bench;

std::string usage() {
  std::string text =
      "netherlink-bench SCENARIO [options]: load, limits and correctness (bench/README.md)\n\nscenarios\n";
  for (const Scenario& scenario : scenarios()) text += fmt::format("  {:<10} {}\n", scenario.name, scenario.summary);
  return text + "\noptions\n" + options_help() +
         "\nexit: 0 done, 1 a check failed or the run broke off, 2 wrong arguments\n";
}

const Scenario* find_scenario(const std::string& name) {
  for (const Scenario& scenario : scenarios()) {
    if (scenario.name == name) return &scenario;
  }
  return nullptr;
}

int run(const Scenario& scenario, const Options& options) {
  const Outcome outcome = scenario.run(options);
  bool failed = false;
  for (const Report& report : outcome.reports) {
    std::fputs(report.table().c_str(), stdout);
    failed = failed || report.failed();
  }
  if (!outcome.ratios.empty()) std::fputs(ratio_table(outcome.ratios).c_str(), stdout);
  if (!options.json_file.empty()) write_json(options.json_file, outcome.reports, outcome.ratios);
  if (failed) std::fputs("\nnetherlink-bench: a correctness check failed\n", stderr);
  return failed ? 1 : 0;
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  const Scenario* scenario = nullptr;
  try {
    options = parse_options(argc, argv);
    scenario = find_scenario(options.scenario);
    if (!options.help && scenario == nullptr) {
      throw Failure(options.scenario.empty() ? "which scenario?" : "unknown scenario " + options.scenario);
    }
    if (!options.help && scenario->run != run_limits && options.urls.empty() && options.start_binary.empty()) {
      throw Failure("against what? Give --url URL or --start BINARY");
    }
  } catch (const Failure& failure) {
    std::fprintf(stderr, "netherlink-bench: %s (see --help)\n", failure.what());
    return 2;
  }
  if (options.help) {
    std::fputs(usage().c_str(), stdout);
    return 0;
  }
  try {
    return run(*scenario, options);
  } catch (const std::exception& failure) {
    std::fprintf(stderr, "\nnetherlink-bench: %s\n", failure.what());
    return 1;
  }
}
