#include "bench/support/report.hpp"

#include <fmt/format.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <thread>

#include "bench/support/failure.hpp"

namespace netherlink::bench {

namespace {

std::string format_value(double value) {
  if (value >= 1000 || value == std::floor(value)) return fmt::format("{:.0f}", value);
  if (value >= 10) return fmt::format("{:.1f}", value);
  return fmt::format("{:.3f}", value);
}

boost::json::object to_json(const Report& report) {
  boost::json::object figures, checks;
  for (const auto& f : report.figures()) {
    boost::json::object figure{{"value", f.value}, {"unit", f.unit}};
    if (!f.note.empty()) figure["note"] = f.note;
    figures[f.name] = std::move(figure);
  }
  for (const auto& c : report.checks()) checks[c.name] = c.violations;
  return {{"scenario", report.scenario()}, {"figures", figures}, {"checks", checks}, {"passed", !report.failed()}};
}

boost::json::object to_json(const Ratio& ratio) {
  return {{"name", ratio.name},         {"value", ratio.value}, {"unit", ratio.unit},
          {"at_least", ratio.at_least}, {"goal", ratio.goal},   {"verdict", ratio.verdict()}};
}

boost::json::object machine() {
  utsname name{};
  uname(&name);
  std::string cpu;
  std::ifstream info("/proc/cpuinfo");
  for (std::string line; cpu.empty() && std::getline(info, line);) {
    if (line.starts_with("model name")) cpu = line.substr(line.find(':') + 2);
  }
  return {{"kernel", name.release}, {"cpu", cpu}, {"cores", std::thread::hardware_concurrency()}};
}

}  // namespace

void Report::add(std::string name, double value, std::string unit, std::string note) {
  figures_.push_back({std::move(name), value, std::move(unit), std::move(note)});
}

void Report::add_latency(const std::string& name, const Histogram& histogram) {
  if (histogram.count() == 0) return;
  add(name + "_mean", histogram.mean() / 1e6, "ms");
  add(name + "_p50", to_millis(histogram.percentile(50)), "ms");
  add(name + "_p99", to_millis(histogram.percentile(99)), "ms");
  add(name + "_max", to_millis(histogram.max()), "ms");
}

void Report::check(std::string name, std::uint64_t violations, std::string example) {
  checks_.push_back({std::move(name), violations, std::move(example)});
}

double Report::value(std::string_view name) const {
  for (const auto& figure : figures_) {
    if (figure.name == name) return figure.value;
  }
  throw Failure(fmt::format("{} did not measure {}", scenario_, name));
}

bool Report::failed() const {
  for (const auto& c : checks_) {
    if (c.violations != 0) return true;
  }
  return false;
}

std::string Report::table() const {
  std::string out = fmt::format("\n{}\n", scenario_);
  for (const auto& f : figures_) {
    out += fmt::format("  {:<34} {:>14} {:<8} {}\n", f.name, format_value(f.value), f.unit, f.note);
  }
  for (const auto& c : checks_) {
    out +=
        fmt::format("  {:<34} {:>14} {:<8} {}\n", c.name, c.violations, c.violations == 0 ? "ok" : "FAILED", c.example);
  }
  return out;
}

std::string Ratio::verdict() const {
  const auto reached = [&](double wanted) { return smaller_is_better ? value <= wanted : value >= wanted; };
  if (reached(goal)) return "goal";
  return reached(at_least) ? "enough" : "short";
}

std::string ratio_table(const std::vector<Ratio>& ratios) {
  std::string out = fmt::format("\n{:<58} {:>10} {:>10} {:>8}\n", "", "measured", "at least", "goal");
  for (const Ratio& r : ratios) {
    out += fmt::format("{:<58} {:>10} {:>10} {:>8} {:<5} {}\n", r.name, format_value(r.value), r.at_least, r.goal,
                       r.unit, r.verdict());
  }
  return out;
}

void write_json(const std::string& file, const std::vector<Report>& reports, const std::vector<Ratio>& ratios) {
  boost::json::array scenarios, table;
  for (const Report& report : reports) scenarios.emplace_back(to_json(report));
  for (const Ratio& ratio : ratios) table.emplace_back(to_json(ratio));
  boost::json::object all{{"machine", machine()}, {"scenarios", std::move(scenarios)}};
  if (!table.empty()) all["ratios"] = std::move(table);
  std::ofstream out(file);
  out << boost::json::serialize(all) << '\n';
  if (!out.flush()) throw Failure("cannot write " + file);
}

Progress::~Progress() {
  if (shown_ && isatty(STDERR_FILENO) == 1) std::fputs("\r\x1b[K", stderr);
}

void Progress::phase(const std::string& name) {
  phase_ = name;
  last_ = 0;
  show({});
}

void Progress::show(const std::string& text) {
  const bool terminal = isatty(STDERR_FILENO) == 1;
  const Nanos now = now_ns();
  if (last_ != 0 && now - last_ < (terminal ? nanos_per_second / 2 : 5 * nanos_per_second)) return;
  last_ = now;
  shown_ = true;
  const auto line = fmt::format("{}: {}{}{}", scenario_, phase_, text.empty() ? "" : ", ", text);
  std::fputs((terminal ? "\r\x1b[K" + line : line + "\n").c_str(), stderr);
  std::fflush(stderr);
}

}  // namespace netherlink::bench
