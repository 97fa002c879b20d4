#pragma once

#include <sys/types.h>

#include <string>

#include "support/server_process.hpp"

namespace netherlink::test {

/// A real device in the virtual LAN (tests/headscale/node/): a process that does what it is told. It ends with this
/// thread. Throws std::runtime_error.
class LanNode {
 public:
  /// Whether it was built.
  static bool available();

  LanNode(const std::string& control_url, const std::string& name);
  ~LanNode();
  LanNode(const LanNode&) = delete;
  LanNode& operator=(const LanNode&) = delete;

  /// Comes in with a key; empty, or why not.
  std::string up(const std::string& key);
  const std::string& address() const { return address_; }
  /// A new connection to the other one works, within a second.
  bool reaches(const LanNode& other) { return ask("reach " + other.address()) == "yes"; }
  /// A connection that stays; whether something still comes back on it.
  bool connect(const LanNode& other) { return ask("flow " + other.address()) == "yes"; }
  bool flows() { return ask("echo") == "yes"; }

 private:
  std::string ask(const std::string& line);

  TemporaryFolder folder_;
  std::string address_, unread_;
  pid_t pid_ = -1;
  int input_ = -1, output_ = -1;
};

}  // namespace netherlink::test
