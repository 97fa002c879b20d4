#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "store/sqlite/statement.hpp"

namespace soci {
class session;
class soci_error;
}  // namespace soci

namespace netherlink::store::sqlite {

/// One SQLite connection, for one thread at a time, with two faces: a soci session for the ordinary repositories, and
/// cached prepared statements of the C interface for the message path. Throws Failure.
class Connection {
 public:
  enum class Role { reader, writer, checkpointer };

  /// The file must exist. WAL is expected to be on (migrations.cpp).
  Connection(const std::string& path, Role role);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  soci::session& session() { return *session_; }
  sqlite3* handle() { return handle_; }

  /// `sql` is a constant: the cache goes by its address.
  Statement& statement(std::string_view sql);
  void execute(std::string_view sql) { statement(sql).run(); }

  bool in_transaction() const;

 private:
  std::unique_ptr<soci::session> session_;
  sqlite3* handle_;
  std::unordered_map<const char*, Statement> statements_;
};

/// What became of a soci exception. The text that soci adds to what() holds bound values and is left out.
Failure failure_of(const soci::soci_error& error);

}  // namespace netherlink::store::sqlite
