// Replicas against one embedded server, and against one broker message for each chat message, all on this machine in
// one run (bench/README.md): build/release/tests/cluster "[.bench]".
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <sstream>

#include "support/catch.hpp"
#include "support/child_process.hpp"
#include "support/http_client.hpp"
#include "support/stack.hpp"

namespace netherlink::test {
namespace {

/// Runs netherlink-bench, which lies beside the server's binary, and prints what it says.
void bench(const std::string& title, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(),
                   (std::filesystem::path(server_binary()).parent_path() / "netherlink-bench").string());
  arguments.insert(arguments.end(), {"--server-cpu", "-1", "--client-cpu", "-1"});
  const TemporaryFolder folder;
  const int code = wait_for_end(spawn(std::move(arguments), folder.path() / "output"));
  std::printf("\n== %s\n%s", title.c_str(), read_file(folder.path() / "output").c_str());
  CHECK(code == 0);
}

/// Of the process: user and system time so far, in seconds.
double cpu_of(pid_t pid) {
  auto line = read_file("/proc/" + std::to_string(pid) + "/stat");
  std::istringstream fields(line.substr(line.rfind(')') + 2));
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  double user = 0, system = 0;
  fields >> user >> system;
  return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

/// Messages between two people that the replica has committed.
double committed(std::uint16_t port) {
  const auto page = HttpClient(port).get("/metrics").body;
  const std::string name = "netherlink_messages_committed_total{kind=\"single\"} ";
  const auto at = page.find(name);
  return at == std::string::npos ? 0 : std::stod(page.substr(at + name.size()));
}

/// What each part has used since the beginning, warming up included.
class Costs {
 public:
  Costs(Stack& stack, Replicas& replicas)
      : replicas_(replicas),
        pids_{{"replica 1", replicas[0].pid()},
              {"replica 2", replicas[1].pid()},
              {"RabbitMQ", stack.broker().pid()},
              {"MariaDB", stack.database().pid()},
              {"Redis", stack.cache().pid()}},
        committed_(count()) {
    for (const auto& [name, pid] : pids_) before_.push_back(cpu_of(pid));
  }

  void print() const {
    const double messages = count() - committed_;
    std::printf("\n== CPU for each of %.0f messages, microseconds\n", messages);
    for (std::size_t i = 0; i < pids_.size(); ++i) {
      std::printf("  %-12s %6.1f\n", pids_[i].first, (cpu_of(pids_[i].second) - before_[i]) / messages * 1e6);
    }
  }

 private:
  double count() const {
    double all = 0;
    for (const auto port : replicas_.ports()) all += committed(port);
    return all;
  }

  const Replicas& replicas_;
  std::vector<std::pair<const char*, pid_t>> pids_;
  double committed_;
  std::vector<double> before_;
};

}  // namespace

TEST_CASE("dm over two replicas, measured", "[.bench]") {
  bench("embedded", {"dm", "--start", server_binary(), "--server-set", "http.threads=2"});
  Stack stack({.deployments = 1, .durable = true});
  bench("limits of this broker", {"limits", "--amqp", stack.broker().url(), "--seconds", "5"});
  Replicas replicas(stack, 2, {"log.level=info"});
  std::vector<std::string> dm{"dm"};
  for (const auto port : replicas.ports()) {
    dm.insert(dm.end(), {"--url", "http://127.0.0.1:" + std::to_string(port)});
  }
  const Costs costs(stack, replicas);
  bench("two replicas", dm);
  costs.print();
}

}  // namespace netherlink::test
