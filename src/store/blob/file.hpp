#pragma once

#include <string>
#include <string_view>

#include "netherlink/core/result.hpp"

namespace netherlink::store::blob {

/// An open file; -1: none.
class File {
 public:
  File() = default;
  explicit File(int descriptor) : descriptor_(descriptor) {}
  ~File();
  File(File&& other) noexcept;
  File& operator=(File&& other) noexcept;

  int descriptor() const { return descriptor_; }
  explicit operator bool() const { return descriptor_ >= 0; }

 private:
  int descriptor_ = -1;
};

/// server.unavailable, with errno and the path in the log.
core::Error failed(std::string_view what, const std::string& path);

core::result<void> write_all(const File& file, std::string_view bytes, std::int64_t offset, const std::string& path);
/// The names in a folder survive a loss of power.
core::result<void> sync_folder(const std::string& path);
/// Gone is good.
core::result<void> remove_file(const std::string& path);
/// `path` has exactly these bytes, at once and for good, or is what it was.
core::result<void> replace_file(const std::string& path, const std::string& temporary, std::string_view bytes);

}  // namespace netherlink::store::blob
