#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace netherlink::test {

/// A private MariaDB on a free port of 127.0.0.1 with a folder of its own (Debian: mariadb-server-core,
/// mariadb-client-core), which ends with the thread that started it. Throws std::runtime_error with the end of its log.
class MariadbServer {
 public:
  struct Options {
    std::vector<std::string> arguments = {};    // of mariadbd, beside its own
    bool durable = false;                       // as in production: flushes at each commit, more memory
    const MariadbServer* replica_of = nullptr;  // started with binary_log
    bool binary_log = false;
  };
  using Rows = std::vector<std::vector<std::string>>;  // NULL: empty

  /// Waits until it answers.
  explicit MariadbServer(Options options);
  MariadbServer() : MariadbServer(Options{}) {}
  ~MariadbServer();
  MariadbServer(const MariadbServer&) = delete;
  MariadbServer& operator=(const MariadbServer&) = delete;

  std::uint16_t port() const { return port_; }
  pid_t pid() const { return pid_; }
  std::string url(const std::string& database) const;
  /// The same through another port, of a proxy perhaps.
  std::string url(const std::string& database, std::uint16_t port) const;
  /// The password in url(), as it is and as it stands there: nothing may show either.
  static std::string password();

  /// A new, empty one: its name.
  std::string create_database();
  /// Runs statements, with ; between, on a connection of its own: the rows of them all.
  Rows query(const std::string& sql, const std::string& database = {}) const;

  void kill();       // SIGKILL, and waits for the end
  void shut_down();  // SIGTERM, and waits for the end
  void start();      // again, on the same data and port
  void pause();      // SIGSTOP
  void resume();     // SIGCONT

  /// A replica: waits until it has what its primary has now.
  void catch_up(const MariadbServer& primary) const;
  std::string log() const;

 private:
  std::vector<std::string> arguments() const;
  [[noreturn]] void fail(const std::string& what) const;
  void wait_until_answering();
  void stop(int signal);
  void replicate();

  Options options_;
  std::filesystem::path folder_;
  std::uint16_t port_ = 0;
  pid_t pid_ = -1;
  int databases_ = 0;
};

}  // namespace netherlink::test
