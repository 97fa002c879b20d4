#include "store/mysql/script.hpp"

#include <charconv>

namespace netherlink::store::mysql {
namespace {

/// What stands behind a backslash in a literal; 0: the byte stands for itself.
constexpr char escape_of(char c) {
  switch (c) {
    case '\0':
      return '0';
    case '\n':
      return 'n';
    case '\r':
      return 'r';
    case '\x1a':
      return 'Z';
    case '\\':
    case '\'':
    case '"':
      return c;
    default:
      return 0;
  }
}

}  // namespace

std::int64_t Row::integer(std::size_t column) const {
  std::int64_t number = 0;
  const auto digits = text(column);
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

SqlText& SqlText::operator<<(std::int64_t number) {
  char digits[20];
  const auto written = std::to_chars(digits, digits + sizeof digits, number);
  text_.append(digits, written.ptr);
  return *this;
}

SqlText& SqlText::quoted(std::string_view value) {
  text_ += '\'';
  std::size_t plain = 0;  // where what needs no escape begins
  for (std::size_t i = 0; i < value.size(); ++i) {
    const char escape = escape_of(value[i]);
    if (escape == 0) continue;
    text_.append(value, plain, i - plain);
    text_ += '\\';
    text_ += escape;
    plain = i + 1;
  }
  text_.append(value, plain);
  text_ += '\'';
  return *this;
}

std::size_t Script::end_statement(RowHandler rows) {
  text_ += ';';
  ends_.push_back(text_.size());
  handlers_.push_back(std::move(rows));
  return ends_.size() - 1;
}

std::string_view Script::packet(std::size_t& first, std::size_t bytes) const {
  const auto begin = first == 0 ? 0 : ends_[first - 1];
  auto end = ends_[first++];
  while (first < ends_.size() && ends_[first] - begin <= bytes) end = ends_[first++];
  // The last ; would begin one more, empty statement.
  return std::string_view(text_).substr(begin, end - begin - 1);
}

}  // namespace netherlink::store::mysql
