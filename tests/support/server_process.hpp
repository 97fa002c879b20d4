#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "support/tcp_socket.hpp"

namespace netherlink::test {

/// A folder below the system's temporary one, removed with everything in it when this goes.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// The real binary: NETHERLINK_TEST_BINARY of the environment, else that of this build.
std::string server_binary();

struct CommandResult {
  int exit_code = -1;  // 128 + signal if a signal ended it
  std::string output;  // both streams
};

/// Runs the binary to its end. `environment`: NAME=value beside this process's own.
CommandResult run_binary(const std::vector<std::string>& arguments, const std::vector<std::string>& environment = {},
                         milliseconds timeout = patience);

/// `netherlink serve` on a free port of 127.0.0.1 with an empty data folder, cheap password hashing, JSON log at level
/// debug and no rate limits. Starts from the main thread only: a server dies with the thread that started it.
class ServerProcess {
 public:
  /// `settings`: section.key=value, applied last. `config_file`: read before them, and then free to set log.level.
  /// `wrapper`: a command that replaces itself by the server, which is behind it. Waits until it listens.
  explicit ServerProcess(std::vector<std::string> settings = {}, std::filesystem::path config_file = {},
                         std::vector<std::string> wrapper = {});
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  std::uint16_t port() const { return port_; }
  pid_t pid() const { return pid_; }
  const std::filesystem::path& folder() const { return folder_.path(); }
  std::filesystem::path database() const { return folder_.path() / "netherlink.db"; }
  std::vector<std::string> arguments() const;

  /// SIGKILL, and waits for the end.
  void kill();
  /// SIGTERM, and waits for the end: the exit code.
  int terminate(milliseconds timeout = patience);
  void signal(int number) const;
  /// Waits for the end: the exit code, 128 + signal if a signal ended it.
  int wait_exit(milliseconds timeout = patience);
  bool running();
  /// Again, on the same data and port.
  void start();
  /// From the next start on.
  void set(const std::string& setting) { settings_.push_back(setting); }

  /// Waits until it is ready for clients: connected to whatever it needs.
  void wait_ready(milliseconds timeout = patience) const;

  /// Everything logged so far, over all starts.
  std::string log() const;
  bool wait_for_log(std::string_view text, milliseconds timeout = patience) const;

 private:
  [[noreturn]] void fail(const std::string& what);
  std::uint16_t wait_for_port(std::size_t log_offset);

  TemporaryFolder folder_;
  std::vector<std::string> settings_;
  std::filesystem::path config_file_;
  std::vector<std::string> wrapper_;
  std::uint16_t port_ = 0;
  pid_t pid_ = -1;
  std::optional<int> exit_code_;
};

}  // namespace netherlink::test
