#include "support/child_process.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <random>
#include <sstream>
#include <stdexcept>
#include <thread>

extern char** environ;

namespace netherlink::test {
namespace {

constexpr std::chrono::milliseconds poll_interval{5};

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  all.reserve(texts.size() + 1);
  for (auto& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

int exit_code(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

}  // namespace

pid_t spawn(std::vector<std::string> arguments, const std::filesystem::path& output, ChildStreams streams) {
  std::vector<std::string> environment;
  for (char** variable = environ; *variable != nullptr; ++variable) environment.emplace_back(*variable);
  return spawn(std::move(arguments), output, std::move(environment), streams);
}

pid_t spawn(std::vector<std::string> arguments, const std::filesystem::path& output,
            std::vector<std::string> environment, ChildStreams streams) {
  auto argv = pointers(arguments), envp = pointers(environment);
  const auto file = output.string();
  const auto parent = ::getpid();
  const auto child = ::fork();
  if (child < 0) throw std::runtime_error(std::string("fork: ") + std::strerror(errno));
  if (child > 0) return child;
  // Only async-signal-safe calls from here on: other threads of the parent may hold any lock.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);
  const int log = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  const int in = streams.input < 0 ? ::open("/dev/null", O_RDONLY) : streams.input;
  if (log < 0 || in < 0) ::_exit(127);
  ::dup2(in, STDIN_FILENO);
  ::dup2(streams.output < 0 ? log : streams.output, STDOUT_FILENO);
  ::dup2(log, STDERR_FILENO);
  ::close_range(3, ~0U, 0);
  ::execvpe(argv[0], argv.data(), envp.data());
  ::_exit(127);
}

int wait_for_end(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0) {
    if (errno != EINTR) throw std::runtime_error(std::string("waitpid: ") + std::strerror(errno));
  }
  return exit_code(status);
}

std::optional<int> wait_for_end(pid_t child, std::chrono::milliseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  while (true) {
    int status = 0;
    const auto ended = ::waitpid(child, &status, WNOHANG);
    if (ended == child) return exit_code(status);
    if (ended < 0) throw std::runtime_error(std::string("waitpid: ") + std::strerror(errno));
    if (std::chrono::steady_clock::now() >= deadline) return std::nullopt;
    std::this_thread::sleep_for(poll_interval);
  }
}

void kill_child(pid_t child) {
  ::kill(child, SIGKILL);
  wait_for_end(child);
}

std::string read_file(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

std::string end_of(const std::string& log) {
  return log.substr(log.size() - std::min<std::size_t>(log.size(), 4000));
}

int bound_socket(int type, std::uint16_t& port) {
  const int made = ::socket(AF_INET, type | SOCK_CLOEXEC, 0);
  const int on = 1;
  if (type == SOCK_STREAM) ::setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  auto address = loopback(port);
  socklen_t length = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(made, generic, length) != 0 || ::getsockname(made, generic, &length) != 0) {
    ::close(made);
    throw std::runtime_error("no free port");
  }
  port = ntohs(address.sin_port);
  return made;
}

std::uint16_t free_port() {
  return free_port(SOCK_STREAM);
}

std::uint16_t free_port(int type) {
  std::uint16_t port = 0;
  ::close(bound_socket(type, port));
  return port;
}

std::vector<std::uint16_t> free_low_ports(std::size_t count) {
  std::random_device random;
  std::uniform_int_distribution<int> any(15'000, 31'000);
  std::vector<std::uint16_t> ports;
  for (int tries = 0; ports.size() < count && tries < 1000; ++tries) {
    const auto port = static_cast<std::uint16_t>(any(random));
    if (std::find(ports.begin(), ports.end(), port) != ports.end()) continue;
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto address = loopback(port);
    if (::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) ports.push_back(port);
    ::close(listener);
  }
  if (ports.size() < count) throw std::runtime_error("no free port");
  return ports;
}

std::filesystem::path program_cache() {
  if (const char* cache = ::getenv("XDG_CACHE_HOME"); cache != nullptr && *cache != '\0') {
    return std::filesystem::path(cache) / "netherlink";
  }
  const char* home = ::getenv("HOME");
  return std::filesystem::path(home == nullptr ? "/" : home) / ".cache/netherlink";
}

}  // namespace netherlink::test
