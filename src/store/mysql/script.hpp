#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace netherlink::store::mysql {

/// A row of a result. Lives until the next one.
class Row {
 public:
  Row(const char* const* columns, const unsigned long* lengths) : columns_(columns), lengths_(lengths) {}

  /// Columns count from 0. NULL: 0 and "".
  std::int64_t integer(std::size_t column) const;
  std::string_view text(std::size_t column) const {
    return columns_[column] ? std::string_view(columns_[column], lengths_[column]) : std::string_view();
  }

 private:
  const char* const* columns_;
  const unsigned long* lengths_;
};

using RowHandler = std::function<void(const Row&)>;

/// SQL text as it grows. What comes from outside goes through quoted().
class SqlText {
 public:
  SqlText& operator<<(std::string_view sql) {
    text_ += sql;
    return *this;
  }
  SqlText& operator<<(std::int64_t number);
  /// A literal. Right for utf8mb4 without NO_BACKSLASH_ESCAPES, as every Connection has it.
  SqlText& quoted(std::string_view value);

  std::size_t size() const { return text_.size(); }
  const std::string& text() const { return text_; }

 protected:
  std::string text_;
};

/// Statements that go to the server together, in one round trip if they fit into one packet.
class Script : public SqlText {
 public:
  /// Ends the statement written so far; `rows` gets what it answers. Returns its number, from 0.
  std::size_t end_statement(RowHandler rows = {});

  std::size_t statements() const { return ends_.size(); }
  /// As many statements from `first` on as fit into `bytes`, at least one; `first` moves behind them.
  std::string_view packet(std::size_t& first, std::size_t bytes) const;
  /// Of a statement that was written as several (a file of them): of none.
  RowHandler handler(std::size_t statement) const {
    return statement < handlers_.size() ? handlers_[statement] : RowHandler();
  }

 private:
  std::vector<std::size_t> ends_;
  std::vector<RowHandler> handlers_;
};

}  // namespace netherlink::store::mysql
