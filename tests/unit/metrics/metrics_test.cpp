#include "netherlink/metrics/metrics.hpp"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <map>
#include <sstream>
#include <thread>
#include <vector>

#include "support/catch.hpp"

using namespace netherlink;

namespace {

/// Sample name with labels → value.
std::map<std::string, double> samples() {
  std::map<std::string, double> out;
  std::istringstream in(metrics::expose());
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line.front() == '#') continue;
    const auto space = line.rfind(' ');
    out[line.substr(0, space)] = std::stod(line.substr(space + 1));
  }
  return out;
}

}  // namespace

TEST_CASE("counters and gauges are exposed with their labels") {
  auto& plain = metrics::counter("test_plain_total", "Things");
  plain.add();
  plain.add(2.5);
  CHECK(plain.value() == 3.5);
  metrics::counter("test_labelled_total", "Labelled", {{"method", "GET"}, {"status", "200"}}).add();
  metrics::counter("test_labelled_total", "Labelled", {{"method", "PUT"}, {"status", "204"}}).add(2);
  auto& gauge = metrics::gauge("test_gauge", "Level");
  gauge.set(10);
  gauge.add(-4);
  const auto all = samples();
  CHECK(all.at("test_plain_total") == 3.5);
  CHECK(all.at("test_labelled_total{method=\"GET\",status=\"200\"}") == 1);
  CHECK(all.at("test_labelled_total{method=\"PUT\",status=\"204\"}") == 2);
  CHECK(all.at("test_gauge") == 6);
}

TEST_CASE("the same name and labels are the same instrument") {
  CHECK(&metrics::counter("test_same_total", "x", {{"a", "1"}, {"b", "2"}}) ==
        &metrics::counter("test_same_total", "x", {{"b", "2"}, {"a", "1"}}));
  CHECK(&metrics::counter("test_same_total", "x", {{"a", "2"}, {"b", "2"}}) !=
        &metrics::counter("test_same_total", "x", {{"a", "1"}, {"b", "2"}}));
}

TEST_CASE("histograms count into cumulative buckets") {
  auto& histogram = metrics::histogram("test_seconds", "Time", {0.1, 1, 10});
  histogram.observe(0.1);  // bounds belong to their bucket
  histogram.observe(0.5);
  histogram.observe(5, 3);
  histogram.observe(100, 2);
  histogram.observe(7, 0);
  const auto all = samples();
  CHECK(all.at("test_seconds_bucket{le=\"0.1\"}") == 1);
  CHECK(all.at("test_seconds_bucket{le=\"1\"}") == 2);
  CHECK(all.at("test_seconds_bucket{le=\"10\"}") == 5);
  CHECK(all.at("test_seconds_bucket{le=\"+Inf\"}") == 7);
  CHECK(all.at("test_seconds_count") == 7);
  CHECK(std::abs(all.at("test_seconds_sum") - 215.6) < 1e-6);
}

TEST_CASE("observing a value many times is like observing it often") {
  const auto& bounds = metrics::size_bounds();
  auto& once = metrics::histogram("test_once", "x", bounds);
  auto& many = metrics::histogram("test_many", "x", bounds);
  for (double value : {0.0, 1.0, 3.0, 4096.0, 5000.0}) {
    for (int i = 0; i < 5; ++i) once.observe(value);
    many.observe(value, 5);
  }
  for (const auto& [name, value] : samples()) {
    if (!name.starts_with("test_once")) continue;
    CHECK(samples().at("test_many" + name.substr(9)) == value);
  }
}

TEST_CASE("bounds ascend") {
  CHECK(std::is_sorted(metrics::latency_bounds().begin(), metrics::latency_bounds().end()));
  CHECK(metrics::latency_bounds().front() == 0.0001);
  CHECK(metrics::latency_bounds().back() == 10);
  CHECK(metrics::size_bounds().back() == 4096);
}

TEST_CASE("the process describes itself") {
  const auto all = samples();
  CHECK(all.at("process_cpu_seconds_total") >= 0);
  CHECK(all.at("process_resident_memory_bytes") > 1e6);
  CHECK(all.at("process_virtual_memory_bytes") >= all.at("process_resident_memory_bytes"));
  CHECK(all.at("process_open_fds") >= 3);
  CHECK(all.at("process_max_fds") >= all.at("process_open_fds"));
  CHECK(all.at("process_threads") >= 1);
  CHECK(all.at("process_start_time_seconds") > 1.7e9);
  CHECK(all.at("process_start_time_seconds") <= static_cast<double>(time(nullptr)) + 2);
}

TEST_CASE("the text format names help and type once each") {
  metrics::counter("test_typed_total", "Things of a type").add();
  const auto text = metrics::expose();
  CHECK(text.find("# HELP test_typed_total Things of a type\n# TYPE test_typed_total counter\n") != std::string::npos);
  CHECK(text.find("# TYPE process_cpu_seconds_total counter\n") != std::string::npos);
  CHECK(text.find("# TYPE process_open_fds gauge\n") != std::string::npos);
}

TEST_CASE("threads make, count and expose at once") {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([] {
      for (int i = 0; i < 2000; ++i) {
        metrics::counter("test_race_total", "x", {{"kind", i % 2 == 0 ? "a" : "b"}}).add();
        metrics::histogram("test_race_seconds", "x", metrics::latency_bounds()).observe(0.01, 2);
        if (i % 500 == 0) metrics::expose();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  const auto all = samples();
  CHECK(all.at("test_race_total{kind=\"a\"}") == 4000);
  CHECK(all.at("test_race_total{kind=\"b\"}") == 4000);
  CHECK(all.at("test_race_seconds_count") == 16000);
}
