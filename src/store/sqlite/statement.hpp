#pragma once

#include <cstdint>
#include <string_view>

#include "store/health.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace netherlink::store::sqlite {

/// "SQLITE_FULL" and its like.
std::string_view name_of(int code);

/// What the connection says about its last error.
Failure last_failure(sqlite3* database);

/// A prepared statement of one connection, for the thread that holds the connection. Every call throws Failure.
class Statement {
 public:
  Statement(sqlite3* database, std::string_view sql);
  ~Statement();
  Statement(Statement&& other) noexcept;
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  Statement& operator=(Statement&&) = delete;

  /// Parameters count from 1. Text is not copied: it must live until reset().
  Statement& bind(int index, std::int64_t value);
  Statement& bind(int index, std::string_view text);

  /// True: a row is there. False: done, and the statement is reset.
  bool step();
  /// step() of a statement that gives no rows; returns how many rows it changed.
  std::int64_t run();
  void reset();

  /// Columns count from 0. Text lives until the next step() or reset().
  std::int64_t integer(int column) const;
  std::string_view text(int column) const;

 private:
  sqlite3_stmt* statement_ = nullptr;
};

}  // namespace netherlink::store::sqlite
