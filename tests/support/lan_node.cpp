#include "support/lan_node.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <vector>

namespace netherlink::test {
namespace {

constexpr int answer_ms = 40'000;  // coming in alone may take twenty seconds

std::string program() {
  return std::string(NETHERLINK_SOURCE_DIR) + "/build/lan-node";
}

}  // namespace

bool LanNode::available() {
  return ::access(program().c_str(), X_OK) == 0;
}

LanNode::LanNode(const std::string& control_url, const std::string& name) {
  std::vector<std::string> arguments{program(), (folder_.path() / "state").string(), control_url, name};
  std::vector<char*> argv;
  for (auto& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  int to_child[2], from_child[2];
  if (::pipe2(to_child, O_CLOEXEC) != 0 || ::pipe2(from_child, O_CLOEXEC) != 0) throw std::runtime_error("pipe failed");
  const auto log = (folder_.path() / "log").string();
  const auto parent = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0) throw std::runtime_error("fork failed");
  if (pid_ == 0) {
    // Only async-signal-safe calls.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(127);
    const int errors = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    ::dup2(to_child[0], STDIN_FILENO);
    ::dup2(from_child[1], STDOUT_FILENO);
    ::dup2(errors, STDERR_FILENO);
    ::close_range(3, ~0U, 0);
    ::execv(argv[0], argv.data());
    ::_exit(127);
  }
  ::close(to_child[0]);
  ::close(from_child[1]);
  input_ = to_child[1];
  output_ = from_child[0];
}

LanNode::~LanNode() {
  ::kill(pid_, SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  ::close(input_);
  ::close(output_);
}

std::string LanNode::ask(const std::string& line) {
  const auto text = line + "\n";
  if (::write(input_, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
    throw std::runtime_error("the device has ended");
  }
  for (;;) {
    if (const auto end = unread_.find('\n'); end != std::string::npos) {
      auto answer = unread_.substr(0, end);
      unread_.erase(0, end + 1);
      return answer;
    }
    pollfd waiting{output_, POLLIN, 0};
    char bytes[1024];
    if (::poll(&waiting, 1, answer_ms) <= 0) throw std::runtime_error("the device does not answer");
    const auto count = ::read(output_, bytes, sizeof bytes);
    if (count <= 0) throw std::runtime_error("the device has ended");
    unread_.append(bytes, static_cast<std::size_t>(count));
  }
}

std::string LanNode::up(const std::string& key) {
  const auto answer = ask("up " + key);
  if (!answer.starts_with("up ")) return answer;
  address_ = answer.substr(3);
  return {};
}

}  // namespace netherlink::test
