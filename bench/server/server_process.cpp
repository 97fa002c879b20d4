#include "bench/server/server_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "bench/client/http_client.hpp"
#include "bench/server/cpu.hpp"
#include "bench/support/failure.hpp"

namespace netherlink::bench {

namespace {

constexpr Nanos start_timeout = 30 * nanos_per_second;

void sleep_ms(double ms) {
  const auto ns = static_cast<long>(ms * 1e6);
  const timespec time{ns / 1'000'000'000, ns % 1'000'000'000};
  nanosleep(&time, nullptr);
}

/// The number behind `port`, as JSON or as text, in the line of the log that says `listening`; 0: not there yet.
std::uint16_t port_in(const std::string& log) {
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);) {
    if (lines.eof() || line.find("listening") == line.npos) continue;  // eof: the line is not complete yet
    for (auto at = line.find("port"); at != line.npos; at = line.find("port", at + 1)) {
      const auto digits = line.find_first_not_of("\":= ", at + 4);
      std::uint16_t port = 0;
      if (digits != line.npos) std::from_chars(line.data() + digits, line.data() + line.size(), port);
      if (port != 0) return port;
    }
  }
  return 0;
}

std::string read_file(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

}  // namespace

ServerProcess::ServerProcess(EventLoop& loop, const Settings& settings) : folder_(settings.parent_folder) {
  const Nanos began = now_ns();
  try {
    launch(settings);
    endpoint_ = Endpoint::loopback(wait_for_port());
    const HttpResponse answer = http_once(loop, endpoint_, {"GET", "/healthz"}, 10 * nanos_per_second);
    if (answer.status != 200) throw Failure(fmt::format("/healthz answered {}: {}", answer.status, answer.body));
  } catch (...) {
    if (pid_ > 0 && !exited()) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
    throw;
  }
  start_time_ = now_ns() - began;
}

ServerProcess::~ServerProcess() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

void ServerProcess::launch(const Settings& settings) {
  const auto binary = std::filesystem::absolute(settings.binary);
  if (access(binary.c_str(), X_OK) != 0) throw Failure("no such program: " + binary.string());
  std::vector<std::string> words{binary.string(), "serve"};
  std::vector<std::string> set{"http.port=0", "auth.password_cost=test", "rate_limits.enabled=false"};
  if (cpu_available(settings.cpu)) set.emplace_back("http.threads=1");
  set.insert(set.end(), settings.set.begin(), settings.set.end());
  for (const auto& value : set) {
    words.emplace_back("--set");
    words.push_back(value);
  }
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);

  pid_ = checked(fork(), "fork");
  if (pid_ != 0) return;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  pin_to(settings.cpu);
  const int log = open((folder_.path() / "log").c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
  if (log < 0 || chdir(folder_.path().c_str()) != 0) _exit(127);
  dup2(log, STDOUT_FILENO);
  dup2(log, STDERR_FILENO);
  execv(argv[0], argv.data());
  _exit(127);
}

std::uint16_t ServerProcess::wait_for_port() {
  const Nanos deadline = now_ns() + start_timeout;
  while (now_ns() < deadline) {
    if (const auto port = port_in(read_file(folder_.path() / "log"))) return port;
    if (exited()) throw Failure("the server ended while starting:\n" + log_tail());
    sleep_ms(0.5);
  }
  throw Failure("the server did not say that it is listening:\n" + log_tail());
}

bool ServerProcess::exited() {
  if (pid_ <= 0) return true;
  if (waitpid(pid_, &status_, WNOHANG) != pid_) return false;
  pid_ = -1;
  return true;
}

void ServerProcess::stop(Nanos timeout) {
  if (!exited()) kill(pid_, SIGTERM);
  const Nanos deadline = now_ns() + timeout;
  while (!exited()) {
    if (now_ns() > deadline) throw Failure("the server did not stop on SIGTERM:\n" + log_tail());
    sleep_ms(2);
  }
  if (!WIFEXITED(status_) || WEXITSTATUS(status_) != 0) {
    folder_.keep();
    throw Failure(fmt::format("the server ended with status {:#x}; its folder is {}\n{}", status_,
                              folder_.path().string(), log_tail()));
  }
}

std::string ServerProcess::log_tail() const {
  const std::string log = read_file(folder_.path() / "log");
  constexpr std::size_t shown = 2000;
  return log.size() <= shown ? log : log.substr(log.size() - shown);
}

}  // namespace netherlink::bench
