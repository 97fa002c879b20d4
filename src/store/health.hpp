#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace netherlink::store {

/// The database refused or broke under us. Thrown inside store only: the adapter's read() and write() make a value of
/// it.
class Failure : public std::runtime_error {
 public:
  Failure(int code, std::string_view name, const std::string& message)
      : std::runtime_error(message), code_(code), name_(name) {}

  int code() const { return code_; }  // of the engine, extended
  std::string_view name() const { return name_; }

 private:
  int code_;
  std::string_view name_;  // of a constant table
};

/// Turns failures into few log lines: at most one each ten seconds, and one when writing works again. Thread-safe.
class Health {
 public:
  void failed(const Failure& failure);
  void worked();

 private:
  std::mutex mutex_;
  bool announced_ = false;  // that it fails, and not yet that it works again
  std::size_t silent_ = 0;  // failures since the last line
  std::optional<std::chrono::steady_clock::time_point> logged_;
};

}  // namespace netherlink::store
