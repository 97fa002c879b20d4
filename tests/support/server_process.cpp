#include "support/server_process.hpp"

#include "support/http_client.hpp"
#include "support/stack.hpp"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

extern char** environ;

namespace netherlink::test {
namespace {

constexpr milliseconds poll_interval{5};

std::string read_file(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (auto& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

/// Starts `arguments[0]` with both output streams appended to `output`. The child ends with this thread.
pid_t spawn(std::vector<std::string> arguments, const std::filesystem::path& output,
            std::vector<std::string> environment) {
  for (char** variable = environ; *variable != nullptr; ++variable) {
    // What configures a server on this machine is none of the tests' business.
    if (!std::string_view(*variable).starts_with("NETHERLINK_")) environment.emplace_back(*variable);
  }
  auto argv = pointers(arguments), envp = pointers(environment);
  const auto file = output.string();
  const auto parent = ::getpid();
  const auto pid = ::fork();
  if (pid < 0) throw std::runtime_error(std::string("fork: ") + std::strerror(errno));
  if (pid > 0) return pid;
  // Only async-signal-safe calls from here on: other threads of the parent may hold any lock.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);
  const int out = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  const int in = ::open("/dev/null", O_RDONLY);
  if (out < 0 || in < 0) ::_exit(127);
  ::dup2(in, STDIN_FILENO);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(out, STDERR_FILENO);
  ::close_range(3, ~0U, 0);
  ::execve(argv[0], argv.data(), envp.data());
  ::_exit(127);
}

/// The exit code once the process has ended within `timeout`.
std::optional<int> wait_for(pid_t pid, milliseconds timeout) {
  const auto deadline = Clock::now() + timeout;
  while (true) {
    int status = 0;
    const auto ended = ::waitpid(pid, &status, WNOHANG);
    if (ended == pid) return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    if (ended < 0) throw std::runtime_error(std::string("waitpid: ") + std::strerror(errno));
    if (Clock::now() >= deadline) return std::nullopt;
    std::this_thread::sleep_for(poll_interval);
  }
}

}  // namespace

TemporaryFolder::TemporaryFolder() {
  auto pattern = (std::filesystem::temp_directory_path() / "netherlink-test-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error(std::string("mkdtemp: ") + std::strerror(errno));
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string server_binary() {
  const char* other = std::getenv("NETHERLINK_TEST_BINARY");
  return other != nullptr ? other : NETHERLINK_BINARY;
}

CommandResult run_binary(const std::vector<std::string>& arguments, const std::vector<std::string>& environment,
                         milliseconds timeout) {
  const TemporaryFolder folder;
  const auto output = folder.path() / "output";
  std::vector<std::string> all{server_binary()};
  all.insert(all.end(), arguments.begin(), arguments.end());
  const auto pid = spawn(std::move(all), output, environment);
  auto code = wait_for(pid, timeout);
  if (!code) {
    ::kill(pid, SIGKILL);
    wait_for(pid, patience);
    throw Timeout("the command does not end: " + read_file(output));
  }
  return {*code, read_file(output)};
}

ServerProcess::ServerProcess(std::vector<std::string> settings, std::filesystem::path config_file,
                             std::vector<std::string> wrapper)
    : settings_(std::move(settings)), config_file_(std::move(config_file)), wrapper_(std::move(wrapper)) {
  const auto chosen = [](const std::string& setting) { return setting.starts_with("store.url="); };
  if (testing_replicas() && std::none_of(settings_.begin(), settings_.end(), chosen)) {
    auto shared = Stack::shared().new_deployment();
    settings_.insert(settings_.begin(), shared.begin(), shared.end());
  }
  start();
}

ServerProcess::~ServerProcess() {
  if (pid_ < 0 || exit_code_) return;
  ::kill(pid_, SIGKILL);
  wait_for(pid_, patience);
}

std::vector<std::string> ServerProcess::arguments() const {
  std::vector<std::string> settings{"http.port=" + std::to_string(port_),
                                    "store.url=sqlite:///" + database().string(),
                                    "auth.password_cost=test",
                                    "log.format=json",
                                    "rate_limits.enabled=false",
                                    "lobby.storm_threshold=1000000"};
  std::vector<std::string> all{"serve"};
  if (config_file_.empty()) {
    settings.emplace_back("log.level=debug");
  } else {
    all.insert(all.end(), {"--config", config_file_.string()});
  }
  settings.insert(settings.end(), settings_.begin(), settings_.end());
  for (const auto& setting : settings) {
    all.emplace_back("--set");
    all.push_back(setting);
  }
  return all;
}

void ServerProcess::start() {
  const auto offset = log().size();
  auto all = wrapper_;
  all.push_back(server_binary());
  const auto own = arguments();
  all.insert(all.end(), own.begin(), own.end());
  exit_code_.reset();
  pid_ = spawn(std::move(all), folder_.path() / "log", {});
  port_ = wait_for_port(offset);
  if (testing_replicas()) wait_ready();
}

void ServerProcess::wait_ready(milliseconds timeout) const {
  const auto deadline = Clock::now() + timeout;
  for (HttpClient http(port_); http.get("/readyz").status != 200;) {
    if (Clock::now() > deadline) throw Timeout("the server does not get ready");
    std::this_thread::sleep_for(milliseconds(20));
  }
}

std::uint16_t ServerProcess::wait_for_port(std::size_t log_offset) {
  const auto deadline = Clock::now() + patience;
  while (Clock::now() < deadline) {
    std::istringstream lines(log().substr(log_offset));
    for (std::string line; std::getline(lines, line);) {
      const auto entry = nlohmann::json::parse(line, nullptr, false);
      if (entry.is_object() && entry.value("message", "") == "listening") return entry.at("port").get<std::uint16_t>();
    }
    if (!running()) fail("it ended with " + std::to_string(*exit_code_) + " instead of listening");
    std::this_thread::sleep_for(poll_interval);
  }
  fail("it does not listen");
}

void ServerProcess::fail(const std::string& what) {
  const auto text = log();
  throw std::runtime_error("server: " + what + "; the end of its log:\n" +
                           text.substr(text.size() - std::min<std::size_t>(text.size(), 4000)));
}

void ServerProcess::signal(int number) const {
  ::kill(pid_, number);
}

void ServerProcess::kill() {
  signal(SIGKILL);
  wait_exit();
}

int ServerProcess::terminate(milliseconds timeout) {
  signal(SIGTERM);
  return wait_exit(timeout);
}

int ServerProcess::wait_exit(milliseconds timeout) {
  if (!exit_code_) exit_code_ = wait_for(pid_, timeout);
  if (!exit_code_) fail("it does not end");
  return *exit_code_;
}

bool ServerProcess::running() {
  if (!exit_code_) exit_code_ = wait_for(pid_, milliseconds(0));
  return !exit_code_;
}

std::string ServerProcess::log() const {
  return read_file(folder_.path() / "log");
}

bool ServerProcess::wait_for_log(std::string_view text, milliseconds timeout) const {
  const auto deadline = Clock::now() + timeout;
  while (log().find(text) == std::string::npos) {
    if (Clock::now() >= deadline) return false;
    std::this_thread::sleep_for(poll_interval);
  }
  return true;
}

}  // namespace netherlink::test
