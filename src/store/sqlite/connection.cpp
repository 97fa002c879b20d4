#include "store/sqlite/connection.hpp"

#include <soci/soci.h>
#include <sqlite3.h>

#include "store/sqlite/soci_handle.hpp"

namespace netherlink::store::sqlite {
namespace {

constexpr int busy_timeout_ms = 5000;

/// FULL: an acknowledged message survives a power cut. Checkpoints are made by Checkpointer, not inside a commit.
constexpr const char* writer_pragmas =
    "PRAGMA synchronous = FULL; PRAGMA cache_size = -16384; PRAGMA wal_autocheckpoint = 1000; "
    "PRAGMA journal_size_limit = 67108864; PRAGMA temp_store = MEMORY; PRAGMA secure_delete = FAST";
constexpr const char* reader_pragmas = "PRAGMA query_only = ON; PRAGMA cache_size = -2048; PRAGMA temp_store = MEMORY";

}  // namespace

Connection::Connection(const std::string& path, Role role) {
  try {
    auto opened = open_session(path);
    session_ = std::move(opened.session);
    handle_ = opened.handle;
  } catch (const soci::soci_error& error) {
    throw failure_of(error);
  }
  sqlite3_busy_timeout(handle_, busy_timeout_ms);
  const char* pragmas = role == Role::writer ? writer_pragmas : reader_pragmas;
  if (sqlite3_exec(handle_, pragmas, nullptr, nullptr, nullptr) != SQLITE_OK) throw last_failure(handle_);
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
