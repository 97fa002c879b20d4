#include "store/sqlite/connection.hpp"

#include <soci/soci.h>
#include <sqlite3.h>

#include <mutex>

#include "store/sqlite/soci_handle.hpp"
#include "store/sqlite/wal_buffer.hpp"

namespace netherlink::store::sqlite {
namespace {

constexpr int busy_timeout_ms = 5000;

/// FULL: an acknowledged message survives a power cut. The Checkpointer copies the log into the database, not the
/// commit.
constexpr const char* writer_pragmas =
    "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = 134217728; "
    "PRAGMA cache_size = -32768; PRAGMA temp_store = MEMORY; PRAGMA secure_delete = FAST";
constexpr const char* checkpointer_pragmas =
    "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -256";
constexpr const char* reader_pragmas = "PRAGMA query_only = ON; PRAGMA cache_size = -2048; PRAGMA temp_store = MEMORY";

/// Before the first connection. A connection belongs to one thread at a time: SQLite needs no locks of its own inside
/// it, nor a count of the bytes of all, which every allocation would wait for.
void configure_process() {
  static std::once_flag once;
  std::call_once(once, [] {
    sqlite3_config(SQLITE_CONFIG_MULTITHREAD);
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    use_wal_buffer();
  });
}

const char* pragmas(Connection::Role role) {
  switch (role) {
    case Connection::Role::writer:
      return writer_pragmas;
    case Connection::Role::checkpointer:
      return checkpointer_pragmas;
    default:
      return reader_pragmas;
  }
}

}  // namespace

Connection::Connection(const std::string& path, Role role) {
  configure_process();
  try {
    auto opened = open_session(path);
    session_ = std::move(opened.session);
    handle_ = opened.handle;
  } catch (const soci::soci_error& error) {
    throw failure_of(error);
  }
  sqlite3_busy_timeout(handle_, busy_timeout_ms);
  if (sqlite3_exec(handle_, pragmas(role), nullptr, nullptr, nullptr) != SQLITE_OK) throw last_failure(handle_);
}

Connection::~Connection() = default;

Statement& Connection::statement(std::string_view sql) {
  const auto found = statements_.find(sql.data());
  if (found != statements_.end()) return found->second;
  return statements_.emplace(sql.data(), Statement(handle_, sql)).first->second;
}

bool Connection::in_transaction() const {
  return sqlite3_get_autocommit(handle_) == 0;
}

Failure failure_of(const soci::soci_error& error) {
  const int code = result_code(error);
  return {code, name_of(code), error.get_error_message()};
}

}  // namespace netherlink::store::sqlite
