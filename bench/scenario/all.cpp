#include "bench/scenario/scenario.hpp"
#include "bench/support/failure.hpp"

namespace netherlink::bench {

namespace {

/// The table of the foundation's goals: every ratio to a limit comes from the same run.
std::vector<Ratio> ratios_of(const std::vector<Report>& reports) {
  const auto value = [&](std::string_view scenario, std::string_view figure) {
    for (const Report& report : reports) {
      if (report.scenario().starts_with(scenario)) return report.value(figure);
    }
    throw Failure("not measured: " + std::string(scenario));
  };
  const double acked = value("dm", "acknowledged");
  const double delivered = value("fanout", "delivered");
  return {
      {"dm acknowledged / SQLite rows in batches of 1000", acked / value("limits", "sqlite_rows_1000"), 0.35, 0.6},
      {"dm acknowledged", acked, 8000, 23000, false, "1/s"},
      {"dm ack p99 at half of that, window 1", value("dm at", "ack_p99"), 25, 10, true, "ms"},
      {"fanout delivered / raw sends", delivered / value("limits", "raw_sends"), 3, 6},
      {"fanout delivered / raw coalesced sends", delivered / value("limits", "raw_coalesced"), 0.4, 0.8},
      {"fanout delivery p99 at half of the peak", value("fanout at", "delivery_p99"), 50, 10, true, "ms"},
      {"idle: resident memory for each connection", value("idle", "per_connection"), 6, 2, true, "KiB"},
      {"idle: CPU of the server", value("idle", "server_cpu"), 3, 1, true, "%"},
      {"start to the first answer", value("start", "first_answer"), 1, 0.2, true, "s"},
      {"resident memory of the empty server", value("start", "empty_resident"), 40, 20, true, "MiB"},
  };
}

}  // namespace

Outcome run_all(const Options& given) {
  if (given.start_binary.empty()) throw Failure("all needs --start BINARY: each scenario gets a fresh server");
  Options options = given;
  if (!options.fraction) options.fraction = 0.5;
  Outcome outcome;
  for (const auto run : {run_limits, run_start, run_connect, run_dm, run_fanout, run_idle}) {
    Outcome part = run(options);
    for (auto& report : part.reports) outcome.reports.push_back(std::move(report));
  }
  outcome.ratios = ratios_of(outcome.reports);
  return outcome;
}

}  // namespace netherlink::bench
