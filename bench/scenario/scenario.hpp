#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/client/endpoint.hpp"
#include "bench/server/server_probe.hpp"
#include "bench/server/server_process.hpp"
#include "bench/support/event_loop.hpp"
#include "bench/support/options.hpp"
#include "bench/support/report.hpp"

namespace netherlink::bench {

/// What a scenario runs against: the given replicas, or a fresh server of our own for as long as the stage lives.
class Stage {
 public:
  /// `set`: configuration that the scenario needs of a server that is started for it.
  Stage(const Options& options, std::string_view scenario, std::vector<std::string> set = {});

  const Options& options() const { return options_; }
  EventLoop& loop() { return loop_; }
  const std::vector<Endpoint>& endpoints() const { return endpoints_; }
  const ServerProbe& probe() const { return *probe_; }
  Progress& progress() { return progress_; }
  /// null for a server that was running before.
  ServerProcess* own_server() { return server_.get(); }
  /// Stops the server of our own, if there is one.
  void finish();

 private:
  const Options& options_;
  EventLoop loop_;
  Progress progress_;
  std::unique_ptr<ServerProcess> server_;
  std::vector<Endpoint> endpoints_;
  std::optional<ServerProbe> probe_;
};

/// CPU of server and client over a period, in percent of one core.
class CpuMeter {
 public:
  explicit CpuMeter(const ServerProbe& probe);
  void report(Report& report) const;
  /// Ends the period.
  void stop();
  /// CPU seconds of the server in the period; nullopt when they cannot be had.
  std::optional<double> server_seconds() const { return server_seconds_; }

 private:
  const ServerProbe& probe_;
  Nanos began_;
  std::optional<ServerProbe::Usage> server_began_;
  double client_began_;
  std::optional<double> server_seconds_;
  double seconds_ = 0, client_seconds_ = 0;
};

struct Outcome {
  std::vector<Report> reports;
  std::vector<Ratio> ratios = {};
};

Outcome run_limits(const Options& options);
Outcome run_start(const Options& options);
Outcome run_idle(const Options& options);
Outcome run_connect(const Options& options);
Outcome run_dm(const Options& options);
Outcome run_fanout(const Options& options);
Outcome run_group(const Options& options);
Outcome run_resume(const Options& options);
/// Everything that the published table needs, one after the other.
Outcome run_all(const Options& options);

struct Scenario {
  std::string_view name, summary;
  Outcome (*run)(const Options&);
};

const std::vector<Scenario>& scenarios();

}  // namespace netherlink::bench
