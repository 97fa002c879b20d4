#pragma once

#include <vector>

namespace netherlink::metrics {

struct ProcessMetric {
  const char* name;
  const char* help;
  enum class Type { counter, gauge } type;
  double value;
};

/// The usual process_* metrics of this process, read from /proc now. What cannot be read is left out.
std::vector<ProcessMetric> process_metrics();

}  // namespace netherlink::metrics
