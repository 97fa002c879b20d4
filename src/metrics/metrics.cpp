#include "netherlink/metrics/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <stdexcept>

#include "metrics/process.hpp"

namespace netherlink::metrics {
namespace {

using LabelMap = std::map<std::string, std::string>;

class PrometheusCounter final : public Counter {
 public:
  explicit PrometheusCounter(prometheus::Counter& instrument) : instrument_(instrument) {}
  void add(double amount) override { instrument_.Increment(amount); }
  double value() const override { return instrument_.Value(); }

 private:
  prometheus::Counter& instrument_;
};

class PrometheusGauge final : public Gauge {
 public:
  explicit PrometheusGauge(prometheus::Gauge& instrument) : instrument_(instrument) {}
  void set(double value) override { instrument_.Set(value); }
  void add(double amount) override { instrument_.Increment(amount); }

 private:
  prometheus::Gauge& instrument_;
};

class PrometheusHistogram final : public Histogram {
 public:
  PrometheusHistogram(prometheus::Histogram& instrument, std::vector<double> bounds)
      : instrument_(instrument), bounds_(std::move(bounds)) {}

  void observe(double value) override { instrument_.Observe(value); }

  void observe(double value, std::size_t count) override {
    if (count == 0) return;
    thread_local std::vector<double> increments;  // all zero between calls
    increments.resize(bounds_.size() + 1);
    const auto bucket = std::lower_bound(bounds_.begin(), bounds_.end(), value) - bounds_.begin();
    auto& increment = increments[static_cast<std::size_t>(bucket)];
    increment = static_cast<double>(count);
    instrument_.ObserveMultiple(increments, value * static_cast<double>(count));
    increment = 0;
  }

 private:
  prometheus::Histogram& instrument_;
  std::vector<double> bounds_;
};

struct Instruments {
  std::mutex mutex;
  prometheus::Registry registry;
  std::map<std::pair<std::string, LabelMap>, std::unique_ptr<Counter>> counters;
  std::map<std::pair<std::string, LabelMap>, std::unique_ptr<Gauge>> gauges;
  std::map<std::pair<std::string, LabelMap>, std::unique_ptr<Histogram>> histograms;
};

/// Never destroyed: threads and static objects may count until the very end.
Instruments& instruments() {
  static auto& all = *new Instruments;
  return all;
}

LabelMap to_map(Labels labels) {
  return {labels.begin(), labels.end()};
}

/// What `map` knows under this name and these labels, or what `make` makes.
auto& find_or_make(auto& map, std::string_view name, const LabelMap& labels, auto make) {
  auto& found = map[{std::string(name), labels}];
  if (!found) found = make();
  return *found;
}

prometheus::MetricFamily to_family(const ProcessMetric& metric) {
  const bool counts = metric.type == ProcessMetric::Type::counter;
  prometheus::ClientMetric value;
  (counts ? value.counter.value : value.gauge.value) = metric.value;
  return {metric.name, metric.help, counts ? prometheus::MetricType::Counter : prometheus::MetricType::Gauge, {value}};
}

}  // namespace

Counter& counter(std::string_view name, std::string_view help, Labels labels) {
  auto& all = instruments();
  const std::lock_guard lock(all.mutex);
  const auto map = to_map(labels);
  return find_or_make(all.counters, name, map, [&] {
    auto& family = prometheus::BuildCounter().Name(std::string(name)).Help(std::string(help)).Register(all.registry);
    return std::make_unique<PrometheusCounter>(family.Add(map));
  });
}

Gauge& gauge(std::string_view name, std::string_view help, Labels labels) {
  auto& all = instruments();
  const std::lock_guard lock(all.mutex);
  const auto map = to_map(labels);
  return find_or_make(all.gauges, name, map, [&] {
    auto& family = prometheus::BuildGauge().Name(std::string(name)).Help(std::string(help)).Register(all.registry);
    return std::make_unique<PrometheusGauge>(family.Add(map));
  });
}

Histogram& histogram(std::string_view name, std::string_view help, const std::vector<double>& bounds, Labels labels) {
  auto& all = instruments();
  const std::lock_guard lock(all.mutex);
  const auto map = to_map(labels);
  return find_or_make(all.histograms, name, map, [&] {
    auto& family = prometheus::BuildHistogram().Name(std::string(name)).Help(std::string(help)).Register(all.registry);
    return std::make_unique<PrometheusHistogram>(family.Add(map, bounds), bounds);
  });
}

const std::vector<double>& latency_bounds() {
  static const std::vector<double> bounds = {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                             0.05,   0.1,     0.25,   0.5,   1,      2.5,   5,    10};
  return bounds;
}

const std::vector<double>& size_bounds() {
  static const std::vector<double> bounds = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096};
  return bounds;
}

std::string expose() {
  auto families = instruments().registry.Collect();
  for (const auto& metric : process_metrics()) families.push_back(to_family(metric));
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace netherlink::metrics
