#include "store/blob/file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "netherlink/log/log.hpp"

namespace netherlink::store::blob {

File::~File() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

File::File(File&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

File& File::operator=(File&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

core::Error failed(std::string_view what, const std::string& path) {
  log::error("the folder of attachments failed", {{"call", what}, {"path", path}, {"error", std::strerror(errno)}});
  return errors::server_unavailable;
}

core::result<void> write_all(const File& file, std::string_view bytes, std::int64_t offset, const std::string& path) {
  while (!bytes.empty()) {
    const auto count = ::pwrite(file.descriptor(), bytes.data(), bytes.size(), offset);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed("write", path);
    bytes.remove_prefix(static_cast<std::size_t>(count));
    offset += count;
  }
  return {};
}

core::result<void> sync_folder(const std::string& path) {
  const File folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder || ::fsync(folder.descriptor()) != 0) return failed("fsync", path);
  return {};
}

core::result<void> remove_file(const std::string& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return failed("unlink", path);
  return {};
}

core::result<void> replace_file(const std::string& path, const std::string& temporary, std::string_view bytes) {
  const File file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file) return failed("open", temporary);
  if (auto written = write_all(file, bytes, 0, temporary); !written) return written;
  if (::fdatasync(file.descriptor()) != 0) return failed("fdatasync", temporary);
  if (::rename(temporary.c_str(), path.c_str()) != 0) return failed("rename", path);
  return {};
}

}  // namespace netherlink::store::blob
