#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bench/support/histogram.hpp"

namespace netherlink::bench {

/// What one scenario found: figures, and checks that must hold.
class Report {
 public:
  struct Figure {
    std::string name;  // stable, snake_case: the key in JSON
    double value = 0;
    std::string unit;
    std::string note;
  };
  struct Check {
    std::string name;
    std::uint64_t violations = 0;
    std::string example;
  };

  explicit Report(std::string scenario) : scenario_(std::move(scenario)) {}

  void add(std::string name, double value, std::string unit, std::string note = {});
  /// Adds {name}_p50, _p99, _max and _mean, in milliseconds.
  void add_latency(const std::string& name, const Histogram& histogram);
  /// A count that has to be 0.
  void check(std::string name, std::uint64_t violations, std::string example = {});

  const std::string& scenario() const { return scenario_; }
  const std::vector<Figure>& figures() const { return figures_; }
  const std::vector<Check>& checks() const { return checks_; }
  /// The value of a figure; Failure when it was not measured.
  double value(std::string_view name) const;
  bool failed() const;
  std::string table() const;

 private:
  std::string scenario_;
  std::vector<Figure> figures_;
  std::vector<Check> checks_;
};

/// A figure against what was asked of it.
struct Ratio {
  std::string name;
  double value = 0;
  double at_least = 0, goal = 0;
  bool smaller_is_better = false;
  std::string unit = {};

  std::string verdict() const;  // "goal", "enough", "short"
};

std::string ratio_table(const std::vector<Ratio>& ratios);

/// Writes everything, with the machine it was measured on, as one JSON object.
void write_json(const std::string& file, const std::vector<Report>& reports, const std::vector<Ratio>& ratios);

/// A line on stderr that overwrites itself on a terminal, at most twice a second.
class Progress {
 public:
  explicit Progress(std::string scenario) : scenario_(std::move(scenario)) {}
  ~Progress();
  void show(const std::string& text);
  void phase(const std::string& name);

 private:
  std::string scenario_, phase_;
  Nanos last_ = 0;
  bool shown_ = false;
};

}  // namespace netherlink::bench
