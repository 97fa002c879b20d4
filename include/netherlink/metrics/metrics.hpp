#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace netherlink::metrics {

/// Instruments of the process-wide registry (docs/operations: names are fixed). Creating one looks it up under a lock:
/// keep the reference. Using one is thread-safe and cheap. They live as long as the program.
class Counter {
 public:
  virtual ~Counter() = default;
  virtual void add(double amount = 1) = 0;
  virtual double value() const = 0;
};

class Gauge {
 public:
  virtual ~Gauge() = default;
  virtual void set(double value) = 0;
  virtual void add(double amount) = 0;
};

class Histogram {
 public:
  virtual ~Histogram() = default;
  virtual void observe(double value) = 0;
  /// The same value `count` times.
  virtual void observe(double value, std::size_t count) = 0;
};

using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

Counter& counter(std::string_view name, std::string_view help, Labels labels = {});
Gauge& gauge(std::string_view name, std::string_view help, Labels labels = {});
/// `bounds`: upper bounds of the buckets, ascending.
Histogram& histogram(std::string_view name, std::string_view help, const std::vector<double>& bounds,
                     Labels labels = {});

/// 0.1 ms to 10 s.
const std::vector<double>& latency_bounds();
/// 1 to 4096, doubling.
const std::vector<double>& size_bounds();

/// Prometheus text format 0.0.4, process_* included.
std::string expose();

}  // namespace netherlink::metrics
