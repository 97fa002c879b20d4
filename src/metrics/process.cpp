#include "metrics/process.hpp"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <string>

namespace netherlink::metrics {
namespace {

using Type = ProcessMetric::Type;

/// Fields of /proc/self/stat from the third on (see proc(5)): the second may hold anything, up to its last ')'.
struct Stat {
  double cpu_ticks = 0, threads = 0, start_ticks = 0, virtual_bytes = 0, resident_pages = 0;
};

std::optional<Stat> read_stat() {
  std::ifstream file("/proc/self/stat");
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const auto name_end = text.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream rest(text.substr(name_end + 1));
  std::string state;
  std::array<double, 22> fields{};  // fields 4 to 25
  rest >> state;
  for (auto& field : fields) rest >> field;
  if (!rest) return std::nullopt;
  return Stat{fields[10] + fields[11], fields[16], fields[18], fields[19], fields[20]};
}

std::optional<double> boot_time() {
  std::ifstream file("/proc/stat");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("btime ")) return std::stod(line.substr(6));
  }
  return std::nullopt;
}

std::optional<double> open_descriptors() {
  struct stat info {};
  // Since Linux 6.2 the size of the folder is their number; counting thousands of entries takes milliseconds.
  if (::stat("/proc/self/fd", &info) == 0 && info.st_size > 0) return static_cast<double>(info.st_size);
  std::error_code problem;
  std::filesystem::directory_iterator entries("/proc/self/fd", problem);
  if (problem) return std::nullopt;
  return static_cast<double>(std::distance(begin(entries), end(entries)) - 1);  // less the one that reads
}

}  // namespace

std::vector<ProcessMetric> process_metrics() {
  std::vector<ProcessMetric> out;
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  if (const auto stat = read_stat()) {
    out.push_back({"process_cpu_seconds_total", "Processor time spent, user and system, in seconds", Type::counter,
                   stat->cpu_ticks / ticks});
    out.push_back({"process_resident_memory_bytes", "Resident memory in bytes", Type::gauge,
                   stat->resident_pages * static_cast<double>(sysconf(_SC_PAGESIZE))});
    out.push_back({"process_virtual_memory_bytes", "Virtual memory in bytes", Type::gauge, stat->virtual_bytes});
    out.push_back({"process_threads", "Threads of the process", Type::gauge, stat->threads});
    static const auto booted = boot_time();
    if (booted) {
      out.push_back({"process_start_time_seconds", "Start of the process, seconds since the epoch", Type::gauge,
                     *booted + stat->start_ticks / ticks});
    }
  }
  if (const auto open = open_descriptors()) {
    out.push_back({"process_open_fds", "Open file descriptors", Type::gauge, *open});
  }
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    out.push_back(
        {"process_max_fds", "File descriptors that may be open", Type::gauge, static_cast<double>(limit.rlim_cur)});
  }
  return out;
}

}  // namespace netherlink::metrics
