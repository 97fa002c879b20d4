#include "support/lan_node.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <stdexcept>
#include <utility>
#include <vector>

#include "support/child_process.hpp"

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
  int to_child[2], from_child[2];
  if (::pipe2(to_child, O_CLOEXEC) != 0 || ::pipe2(from_child, O_CLOEXEC) != 0) throw std::runtime_error("pipe failed");
  pid_ = spawn(std::move(arguments), folder_.path() / "log", ChildStreams{to_child[0], from_child[1]});
  ::close(to_child[0]);
  ::close(from_child[1]);
  input_ = to_child[1];
  output_ = from_child[0];
}

LanNode::~LanNode() {
  kill_child(pid_);
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
