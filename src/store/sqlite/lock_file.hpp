#pragma once

#include <chrono>
#include <string>

#include "netherlink/core/result.hpp"

namespace netherlink::store::sqlite {

/// Holds <database>.lock: one process, and one store in it, owns a database. The kernel gives it back when the process
/// ends, however it ends. (Not the database file itself: closing a second descriptor of it would drop SQLite's locks.)
class LockFile {
 public:
  /// Waits up to `patience` for another owner to finish. server.unavailable names the owner.
  static core::result<LockFile> acquire(const std::string& database_path, std::chrono::milliseconds patience);

  LockFile(LockFile&& other) noexcept;
  LockFile& operator=(LockFile&& other) noexcept;
  ~LockFile();

 private:
  explicit LockFile(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace netherlink::store::sqlite
