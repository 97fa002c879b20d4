#include "support/server_process.hpp"

#include "support/child_process.hpp"
#include "support/http_client.hpp"
#include "support/stack.hpp"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

extern char** environ;

namespace netherlink::test {
namespace {

constexpr milliseconds poll_interval{5};

/// With both output streams appended to `output`.
pid_t start_binary(std::vector<std::string> arguments, const std::filesystem::path& output,
                   std::vector<std::string> environment) {
  for (char** variable = environ; *variable != nullptr; ++variable) {
    // What configures a server on this machine is none of the tests' business.
    if (!std::string_view(*variable).starts_with("NETHERLINK_")) environment.emplace_back(*variable);
  }
  return spawn(std::move(arguments), output, std::move(environment));
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
  const auto pid = start_binary(std::move(all), output, environment);
  auto code = wait_for_end(pid, timeout);
  if (!code) {
    kill_child(pid);
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
  kill_child(pid_);
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
  pid_ = start_binary(std::move(all), folder_.path() / "log", {});
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
  throw std::runtime_error("server: " + what + "; the end of its log:\n" + end_of(log()));
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
  if (!exit_code_) exit_code_ = wait_for_end(pid_, timeout);
  if (!exit_code_) fail("it does not end");
  return *exit_code_;
}

bool ServerProcess::running() {
  if (!exit_code_) exit_code_ = wait_for_end(pid_, milliseconds(0));
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
