#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "store/mysql/address.hpp"
#include "store/mysql/codes.hpp"
#include "store/mysql/script.hpp"

struct st_mysql;

namespace soci {
class session;
class soci_error;
}  // namespace soci

namespace netherlink::store::mysql {

/// A statement of a script failed; those before it have worked.
class StatementFailure : public Failure {
 public:
  StatementFailure(const Failure& failure, std::size_t statement) : Failure(failure), statement_(statement) {}
  std::size_t statement() const { return statement_; }

 private:
  std::size_t statement_;
};

/// One connection, for one thread at a time, with two faces: a soci session for the ordinary repositories, and the
/// client library for the message path. utf8mb4, strict mode, READ COMMITTED, UTC, and a time limit on every wait.
/// Throws Failure.
class Connection {
 public:
  enum class Role {
    ordinary,
    replica,    // waits for a shorter time: the primary can be asked instead
    script,     // may run scripts
    migration,  // that too, and slow ones
  };

  Connection(const Address& address, Role role);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  soci::session& session() { return *session_; }

  /// One statement, and its rows.
  void query(std::string_view sql, const RowHandler& rows = {});
  /// One statement; answers how many rows it matched.
  std::int64_t execute(std::string_view sql);
  /// Throws StatementFailure. A transaction that the script began is then still open.
  void run(const Script& script);

  /// False: the server has closed it, as far as can be seen from here.
  bool alive() const;

 private:
  void configure(Role role);
  void send(std::string_view sql);
  std::int64_t take_result(const RowHandler& rows);
  [[noreturn]] void fail();

  std::unique_ptr<soci::session> session_;
  st_mysql* handle_ = nullptr;
  std::size_t packet_bytes_ = 0;
};

/// What became of a soci exception. The text that soci adds to what() holds bound values and is left out.
Failure failure_of(const soci::soci_error& error);

}  // namespace netherlink::store::mysql
