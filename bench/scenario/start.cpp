#include <fmt/format.h>

#include <algorithm>

#include "bench/scenario/scenario.hpp"
#include "bench/support/failure.hpp"

namespace netherlink::bench {

Outcome run_start(const Options& options) {
  if (options.start_binary.empty()) throw Failure("start needs --start BINARY");
  const int times = options.repeat.value_or(5);
  std::vector<double> seconds, resident, private_bytes;
  for (int i = 0; i < times; ++i) {
    Stage stage(options, "start");
    seconds.push_back(to_seconds(stage.own_server()->start_time()));
    stage.loop().run_until(now_ns() + nanos_per_second, [] { return false; });
    if (const auto usage = stage.probe().usage()) {
      resident.push_back(usage->resident_bytes);
      private_bytes.push_back(usage->private_bytes);
    }
    stage.finish();
  }
  const auto median = [](std::vector<double>& values) {
    if (values.empty()) throw Failure("the server's memory could not be read");
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
  };
  constexpr double mebibyte = 1024 * 1024;
  Report report("start");
  const double slowest = *std::max_element(seconds.begin(), seconds.end());
  report.add("first_answer", median(seconds), "s", fmt::format("median of {}, slowest {:.3f}", times, slowest));
  report.add("empty_resident", median(resident) / mebibyte, "MiB", "1 s later");
  report.add("empty_private", median(private_bytes) / mebibyte, "MiB", "of that, not shared with other processes");
  return {{std::move(report)}};
}

}  // namespace netherlink::bench
