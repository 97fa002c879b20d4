#include "bench/server/cpu.hpp"

#include <fmt/format.h>
#include <sched.h>
#include <sys/resource.h>

#include "bench/support/failure.hpp"

namespace netherlink::bench {

namespace {

/// What the process was allowed before it pinned itself.
const cpu_set_t& initial_set() {
  static const cpu_set_t set = [] {
    cpu_set_t initial;
    CPU_ZERO(&initial);
    sched_getaffinity(0, sizeof initial, &initial);
    return initial;
  }();
  return set;
}

}  // namespace

bool cpu_available(int cpu) {
  return cpu >= 0 && cpu < CPU_SETSIZE && CPU_ISSET(static_cast<std::size_t>(cpu), &initial_set());
}

void pin_to(int cpu) {
  if (!cpu_available(cpu)) return;
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<std::size_t>(cpu), &set);
  sched_setaffinity(0, sizeof set, &set);
}

void need_descriptors(unsigned long needed) {
  rlimit limit{};
  checked(getrlimit(RLIMIT_NOFILE, &limit), "getrlimit");
  if (limit.rlim_max < needed) {
    throw Failure(fmt::format("{} descriptors are needed, the limit is {} (ulimit -Hn)", needed, limit.rlim_max));
  }
  limit.rlim_cur = limit.rlim_max;
  checked(setrlimit(RLIMIT_NOFILE, &limit), "setrlimit");
}

}  // namespace netherlink::bench
