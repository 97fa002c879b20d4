#include "bus/task_policy.hpp"

#include "netherlink/log/log.hpp"
#include "netherlink/metrics/metrics.hpp"

namespace netherlink::bus {

void count_dead_task() {
  static auto& dead = metrics::counter("netherlink_bus_tasks_dead_total", "Tasks that failed for good");
  dead.add();
  log::error("task failed for good", {{"tries", task_tries}});
}

}  // namespace netherlink::bus
