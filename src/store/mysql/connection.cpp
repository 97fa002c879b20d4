#include "store/mysql/connection.hpp"

#include <mysql.h>
#include <poll.h>
#include <soci/mysql/soci-mysql.h>
#include <soci/soci.h>

#include <algorithm>

#include "store/mysql/resolver.hpp"

namespace netherlink::store::mysql {
namespace {

constexpr int connect_seconds = 2;
constexpr std::size_t largest_packet = 4 << 20;

// No gap locks: the fence on the partition decides who writes. A lock is waited for shorter than an answer. MariaDB
// ends a transaction whose client stopped in the middle, so that its locks do not stay.
constexpr const char* session_settings =
    "SET SESSION sql_mode = 'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION', "
    "time_zone = '+00:00', autocommit = 1, innodb_lock_wait_timeout = 3 /*M! , idle_transaction_timeout = 5 */";
constexpr const char* isolation = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED";

int answer_seconds(Connection::Role role) {
  switch (role) {
    case Connection::Role::replica:
      return 1;
    case Connection::Role::migration:
      return 3600;
    default:
      return 5;
  }
}

/// name='value', as soci's connect string takes it.
std::string parameter(std::string_view name, std::string_view value) {
  std::string text(name);
  text += "='";
  for (const char c : value) {
    if (c == '\'' || c == '\\') text += '\\';
    text += c;
  }
  return text + "' ";
}

std::string connect_string(const Address& address, const std::string& host, Connection::Role role) {
  const auto seconds = std::to_string(answer_seconds(role));
  return parameter("host", host) + parameter("port", std::to_string(address.port)) + parameter("user", address.user) +
         parameter("password", address.password) + parameter("db", address.database) + parameter("charset", "utf8mb4") +
         parameter("connect_timeout", std::to_string(connect_seconds)) + parameter("read_timeout", seconds) +
         parameter("write_timeout", seconds);
}

}  // namespace

Connection::Connection(const Address& address, Role role) {
  const auto hosts = resolve(address.host);
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    try {
      session_ = std::make_unique<soci::session>(soci::mysql, connect_string(address, hosts[i], role));
      break;
    } catch (const soci::soci_error& error) {
      if (i + 1 == hosts.size()) throw failure_of(error);
    }
  }
  handle_ = static_cast<soci::mysql_session_backend*>(session_->get_backend())->conn_;
  configure(role);
}

Connection::~Connection() = default;

void Connection::configure(Role role) {
  execute(session_settings);
  execute(isolation);
  if (role != Role::script && role != Role::migration) return;
  query("SELECT @@max_allowed_packet", [&](const Row& row) {
    packet_bytes_ = std::min(static_cast<std::size_t>(row.integer(0)) / 2, largest_packet);
  });
  if (mysql_set_server_option(handle_, MYSQL_OPTION_MULTI_STATEMENTS_ON) != 0) fail();
}

void Connection::fail() {
  throw make_failure(static_cast<int>(mysql_errno(handle_)), mysql_error(handle_));
}

void Connection::send(std::string_view sql) {
  if (mysql_real_query(handle_, sql.data(), sql.size()) != 0) fail();
}

std::int64_t Connection::take_result(const RowHandler& rows) {
  MYSQL_RES* result = mysql_store_result(handle_);
  if (result == nullptr) {
    if (mysql_errno(handle_) != 0) fail();
    return static_cast<std::int64_t>(mysql_affected_rows(handle_));
  }
  const std::unique_ptr<MYSQL_RES, decltype(&mysql_free_result)> owner(result, mysql_free_result);
  if (!rows) return 0;
  while (MYSQL_ROW row = mysql_fetch_row(result)) rows(Row(row, mysql_fetch_lengths(result)));
  return 0;
}

void Connection::query(std::string_view sql, const RowHandler& rows) {
  send(sql);
  take_result(rows);
}

std::int64_t Connection::execute(std::string_view sql) {
  send(sql);
  return take_result({});
}

void Connection::run(const Script& script) {
  std::size_t statement = 0, behind = 0;
  try {
    while (behind < script.statements()) {
      send(script.packet(behind, packet_bytes_));
      for (;;) {
        take_result(script.handler(statement));
        const int more = mysql_next_result(handle_);
        if (more < 0) break;
        ++statement;
        if (more > 0) fail();
      }
      ++statement;
    }
  } catch (const Failure& failure) {
    throw StatementFailure(failure, statement);
  }
}

bool Connection::alive() const {
  // Between statements the server says nothing, except that it is leaving.
  pollfd socket{.fd = static_cast<int>(mysql_get_socket(handle_)), .events = POLLIN | POLLRDHUP, .revents = 0};
  return poll(&socket, 1, 0) == 0;
}

Failure failure_of(const soci::soci_error& error) {
  const auto* known = dynamic_cast<const soci::mysql_soci_error*>(&error);
  return make_failure(known ? static_cast<int>(known->err_num_) : 0, error.get_error_message());
}

}  // namespace netherlink::store::mysql
