#include "bench/server/server_probe.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "bench/client/http_client.hpp"

namespace netherlink::bench {

namespace {

/// The sum of the lines "Name:  123 kB" of a smaps_rollup, in bytes.
double sum_of(const std::string& text, std::initializer_list<const char*> names) {
  double sum = 0;
  for (const char* name : names) {
    const auto at = text.find("\n" + std::string(name) + ":");
    if (at != text.npos)
      sum += std::strtod(text.c_str() + at + std::char_traits<char>::length(name) + 2, nullptr) * 1024;
  }
  return sum;
}

std::string read_all(const std::string& path) {
  std::ifstream in(path);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::optional<double> metric(const std::string& text, const std::string& name) {
  const auto at = ("\n" + text).find("\n" + name + " ");
  if (at == text.npos) return std::nullopt;
  return std::strtod(text.c_str() + at + name.size() + 1, nullptr);
}

}  // namespace

std::optional<ServerProbe::Usage> ServerProbe::usage() const {
  if (auto usage = from_proc()) return usage;
  return from_metrics();
}

std::optional<ServerProbe::Usage> ServerProbe::from_proc() const {
  if (!pid_) return std::nullopt;
  const std::string stat = read_all(fmt::format("/proc/{}/stat", *pid_));
  const auto name_end = stat.rfind(')');
  if (name_end == stat.npos) return std::nullopt;
  std::istringstream fields(stat.substr(name_end + 2));
  std::string field;
  double ticks = 0;
  for (int i = 3; i <= 15 && fields >> field; ++i) {
    if (i == 14 || i == 15) ticks += std::strtod(field.c_str(), nullptr);  // utime, stime: proc(5)
  }
  const std::string maps = read_all(fmt::format("/proc/{}/smaps_rollup", *pid_));
  Usage usage;
  usage.cpu_seconds = ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
  usage.resident_bytes = sum_of(maps, {"Rss"});
  usage.private_bytes = sum_of(maps, {"Private_Clean", "Private_Dirty"});
  return usage;
}

std::optional<ServerProbe::Usage> ServerProbe::from_metrics() const {
  const auto answer = http_once(loop_, endpoint_, {"GET", "/metrics"}, 5 * nanos_per_second);
  if (answer.status != 200) return std::nullopt;
  const auto cpu = metric(answer.body, "process_cpu_seconds_total");
  const auto memory = metric(answer.body, "process_resident_memory_bytes");
  if (!cpu || !memory) return std::nullopt;
  return Usage{*cpu, *memory, 0};
}

double own_cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace netherlink::bench
