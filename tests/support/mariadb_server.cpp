#include "support/mariadb_server.hpp"

#include <mysql.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <thread>
#include <utility>

#include "support/child_process.hpp"

namespace netherlink::test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto patience = 60s;
constexpr auto poll_interval = 5ms;
constexpr const char* user = "netherlink";
// Everything that a URL, a connect string or SQL could stumble over.
constexpr const char* secret = R"(p@ss:w/o?r#d %'"\&=+)";
constexpr const char* secret_in_sql = R"('p@ss:w/o?r#d %\'"\\&=+')";
constexpr const char* secret_in_url = "p%40ss%3Aw%2Fo%3Fr%23d%20%25%27%22%5C%26%3D%2B";

/// A folder, gone at the end of the process or sooner.
class Folder {
 public:
  Folder() {
    auto pattern = (fs::temp_directory_path() / "netherlink-mariadb-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
    path_ = pattern;
  }
  ~Folder() {
    if (owner_ != getpid()) return;  // a forked child
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  const fs::path& path() const { return path_; }
  fs::path release() { return std::exchange(path_, {}); }

 private:
  fs::path path_;
  pid_t owner_ = getpid();
};

/// Data as mariadb-install-db makes them, once per process.
const fs::path& prepared_data() {
  static const Folder folder;
  static const fs::path data = [] {
    const auto target = folder.path() / "data", log = folder.path() / "log";
    // Its temporary files have names that others, who share the machine's folder, may use too.
    std::vector<std::string> command{"env",
                                     "TMPDIR=" + folder.path().string(),
                                     "mariadb-install-db",
                                     "--no-defaults",
                                     "--datadir=" + target.string(),
                                     "--auth-root-authentication-method=normal",
                                     "--skip-test-db",
                                     "--innodb-log-file-size=8M"};
    if (geteuid() == 0) command.emplace_back("--user=root");
    if (wait_for_end(spawn(command, log)) != 0) throw std::runtime_error("mariadb-install-db: " + read_file(log));
    return target;
  }();
  return data;
}

/// A connection of the client library, closed at the end.
class Client {
 public:
  Client(std::uint16_t port, const std::string& database) : handle_(mysql_init(nullptr)) {
    const unsigned int seconds = 5;
    mysql_options(handle_, MYSQL_OPT_CONNECT_TIMEOUT, &seconds);
    mysql_options(handle_, MYSQL_SET_CHARSET_NAME, "utf8mb4");
    const char* name = database.empty() ? nullptr : database.c_str();
    if (!mysql_real_connect(handle_, "127.0.0.1", user, secret, name, port, nullptr, CLIENT_MULTI_STATEMENTS)) {
      const std::string reason = mysql_error(handle_);
      mysql_close(handle_);
      throw std::runtime_error("MariaDB: " + reason);
    }
  }
  ~Client() { mysql_close(handle_); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  MariadbServer::Rows query(const std::string& sql) {
    MariadbServer::Rows rows;
    int left = mysql_real_query(handle_, sql.data(), sql.size());
    while (left == 0) {
      if (MYSQL_RES* result = mysql_store_result(handle_)) {
        read(result, rows);
        mysql_free_result(result);
      }
      left = mysql_next_result(handle_);
    }
    if (left > 0) throw std::runtime_error("MariaDB: " + std::string(mysql_error(handle_)));
    return rows;
  }

 private:
  static void read(MYSQL_RES* result, MariadbServer::Rows& rows) {
    const auto columns = mysql_num_fields(result);
    while (MYSQL_ROW row = mysql_fetch_row(result)) {
      const auto* lengths = mysql_fetch_lengths(result);
      auto& texts = rows.emplace_back();
      for (unsigned int i = 0; i < columns; ++i) texts.emplace_back(row[i] ? row[i] : "", row[i] ? lengths[i] : 0);
    }
  }

  MYSQL* handle_;
};

}  // namespace

MariadbServer::MariadbServer(Options options) : options_(std::move(options)) {
  Folder folder;
  fs::copy(prepared_data(), folder.path() / "data", fs::copy_options::recursive);
  // The user comes to be on each server by itself, so that a replica does not get it twice.
  std::ofstream(folder.path() / "init.sql")
      << "SET SESSION sql_log_bin = 0;\nCREATE USER IF NOT EXISTS '" << user << "'@'%' IDENTIFIED BY " << secret_in_sql
      << ";\nGRANT ALL ON *.* TO '" << user << "'@'%';\n";
  folder_ = folder.release();
  port_ = free_port();
  start();
  if (options_.replica_of != nullptr) replicate();
}

MariadbServer::~MariadbServer() {
  stop(SIGKILL);
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

std::vector<std::string> MariadbServer::arguments() const {
  std::vector<std::string> all{"/usr/sbin/mariadbd",
                               "--no-defaults",
                               "--datadir=" + (folder_ / "data").string(),
                               "--tmpdir=" + folder_.string(),
                               "--socket=" + (folder_ / "socket").string(),
                               "--pid-file=" + (folder_ / "pid").string(),
                               "--init-file=" + (folder_ / "init.sql").string(),
                               "--port=" + std::to_string(port_),
                               "--bind-address=127.0.0.1",
                               "--skip-name-resolve",
                               "--character-set-server=utf8mb4",
                               "--performance-schema=OFF",
                               "--innodb-file-per-table=OFF",
                               "--server-id=" + std::to_string(port_)};
  if (geteuid() == 0) all.emplace_back("--user=root");
  if (options_.durable) {
    all.insert(all.end(), {"--innodb-buffer-pool-size=1G", "--innodb-log-file-size=512M"});
  } else {
    all.insert(all.end(), {"--innodb-buffer-pool-size=64M", "--innodb-log-file-size=8M",
                           "--innodb-flush-log-at-trx-commit=2", "--innodb-flush-method=nosync"});
  }
  if (options_.binary_log) all.insert(all.end(), {"--log-bin=binlog", "--binlog-format=ROW"});
  if (options_.replica_of != nullptr) all.insert(all.end(), {"--read-only=ON", "--relay-log=relay"});
  all.insert(all.end(), options_.arguments.begin(), options_.arguments.end());
  return all;
}

void MariadbServer::start() {
  pid_ = spawn(arguments(), folder_ / "log");
  try {
    wait_until_answering();
  } catch (...) {
    stop(SIGKILL);
    throw;
  }
}

void MariadbServer::wait_until_answering() {
  const auto deadline = Clock::now() + patience;
  for (;;) {
    try {
      query("SELECT 1");
      return;
    } catch (const std::runtime_error& error) {
      if (wait_for_end(pid_, 0ms)) {
        pid_ = -1;
        fail("it ended instead of answering");
      }
      if (Clock::now() > deadline) fail(std::string("it does not answer: ") + error.what());
    }
    std::this_thread::sleep_for(poll_interval);
  }
}

void MariadbServer::fail(const std::string& what) const {
  throw std::runtime_error("mariadbd: " + what + "; the end of its log:\n" + end_of(log()));
}

std::string MariadbServer::log() const {
  return read_file(folder_ / "log");
}

void MariadbServer::stop(int signal) {
  if (pid_ < 0) return;
  ::kill(pid_, signal);
  ::kill(pid_, SIGCONT);
  wait_for_end(std::exchange(pid_, -1));
}

void MariadbServer::kill() {
  stop(SIGKILL);
}

void MariadbServer::shut_down() {
  stop(SIGTERM);
}

void MariadbServer::pause() {
  ::kill(pid_, SIGSTOP);
}

void MariadbServer::resume() {
  ::kill(pid_, SIGCONT);
}

std::string MariadbServer::url(const std::string& database) const {
  return url(database, port_);
}

std::string MariadbServer::url(const std::string& database, std::uint16_t port) const {
  return std::string("mysql://") + user + ":" + secret_in_url + "@127.0.0.1:" + std::to_string(port) + "/" + database;
}

std::string MariadbServer::password() {
  return secret;
}

std::string MariadbServer::create_database() {
  const auto name = "n" + std::to_string(++databases_);
  query("CREATE DATABASE " + name);
  return name;
}

MariadbServer::Rows MariadbServer::query(const std::string& sql, const std::string& database) const {
  return Client(port_, database).query(sql);
}

void MariadbServer::replicate() {
  query("CHANGE MASTER TO MASTER_HOST = '127.0.0.1', MASTER_PORT = " + std::to_string(options_.replica_of->port()) +
        ", MASTER_USER = '" + user + "', MASTER_PASSWORD = " + secret_in_sql +
        ", MASTER_USE_GTID = slave_pos, MASTER_CONNECT_RETRY = 1; START SLAVE");
}

void MariadbServer::catch_up(const MariadbServer& primary) const {
  const auto position = primary.query("SELECT @@gtid_binlog_pos").at(0).at(0);
  const auto waited = query("SELECT MASTER_GTID_WAIT('" + position + "', 60)").at(0).at(0);
  if (waited != "0") fail("the replica does not follow");
}

}  // namespace netherlink::test
