#include "bench/scenario/scenario.hpp"

#include "bench/server/cpu.hpp"
#include "bench/support/failure.hpp"

namespace netherlink::bench {

Stage::Stage(const Options& options, std::string_view scenario, std::vector<std::string> set)
    : options_(options), progress_(std::string(scenario)) {
  if (!options.start_binary.empty()) {
    progress_.phase("starting the server");
    set.insert(set.end(), options.server_set.begin(), options.server_set.end());
    server_ = std::make_unique<ServerProcess>(
        loop_, ServerProcess::Settings{options.start_binary, options.directory, std::move(set), options.server_cpu});
    endpoints_.push_back(server_->endpoint());
  } else {
    for (const auto& url : options.urls) endpoints_.push_back(Endpoint::parse(url));
  }
  if (endpoints_.empty()) throw Failure("no replica is given");
  const auto pid = server_ ? std::optional<pid_t>(server_->pid()) : options.server_pid;
  probe_.emplace(loop_, endpoints_.front(), pid);
  pin_to(options.client_cpu);
}

void Stage::finish() {
  if (!server_) return;
  progress_.phase("stopping the server");
  server_->stop();
}

CpuMeter::CpuMeter(const ServerProbe& probe)
    : probe_(probe), began_(now_ns()), server_began_(probe.usage()), client_began_(own_cpu_seconds()) {}

void CpuMeter::stop() {
  seconds_ = to_seconds(now_ns() - began_);
  client_seconds_ = own_cpu_seconds() - client_began_;
  const auto server = probe_.usage();
  if (server && server_began_) server_seconds_ = server->cpu_seconds - server_began_->cpu_seconds;
}

void CpuMeter::report(Report& report) const {
  if (server_seconds_) report.add("server_cpu", 100 * *server_seconds_ / seconds_, "%", "of one core");
  const double client = 100 * client_seconds_ / seconds_;
  report.add("client_cpu", client, "%", client > 95 ? "the client is what was measured" : "");
}

const std::vector<Scenario>& scenarios() {
  static const std::vector<Scenario> all{
      {"limits", "this machine's limits with the least possible code", run_limits},
      {"start", "time to the first answer and memory of the empty server (needs --start)", run_start},
      {"idle", "connections held, resident memory for each, CPU of the server", run_idle},
      {"connect", "connect, authenticate and be welcomed, a second", run_connect},
      {"dm", "pairs: acknowledged messages a second, latencies, every message once and in order", run_dm},
      {"fanout", "members of world: deliveries a second, latencies, every message once and in order", run_fanout},
      {"group", "a group of 20,000 beside a busy single chat: what the chat feels of it, everything once and in order",
       run_group},
      {"resume", "forced drops under load: exactly once, and the time to level", run_resume},
      {"all", "all but group and resume, with the ratios of the published table (needs --start)", run_all},
  };
  return all;
}

}  // namespace netherlink::bench
