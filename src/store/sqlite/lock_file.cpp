#include "store/sqlite/lock_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <thread>
#include <utility>

namespace netherlink::store::sqlite {
namespace {

constexpr std::chrono::milliseconds retry_interval{20};

std::string read_owner(int descriptor) {
  std::array<char, 24> text{};
  const auto length = pread(descriptor, text.data(), text.size(), 0);
  return length > 0 ? std::string(text.data(), static_cast<std::size_t>(length)) : std::string("unknown");
}

void write_owner(int descriptor) {
  const auto pid = std::to_string(getpid());
  // Only for the message that another process shows: a full disk must not keep the server from starting.
  if (ftruncate(descriptor, 0) != 0 || pwrite(descriptor, pid.data(), pid.size(), 0) < 0) return;
}

core::Error failed(const std::string& path, int error) {
  return {errors::server_unavailable, path + ": " + std::generic_category().message(error)};
}

}  // namespace

core::result<LockFile> LockFile::acquire(const std::string& database_path, std::chrono::milliseconds patience) {
  const auto path = database_path + ".lock";
  LockFile lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (lock.descriptor_ < 0) return failed(path, errno);
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (flock(lock.descriptor_, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return failed(path, errno);
    if (std::chrono::steady_clock::now() >= deadline) {
      return core::Error(errors::server_unavailable, "another netherlink uses this database: " + database_path +
                                                         " (process " + read_owner(lock.descriptor_) + ")");
    }
    std::this_thread::sleep_for(retry_interval);
  }
  write_owner(lock.descriptor_);
  return lock;
}

LockFile::LockFile(LockFile&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

LockFile& LockFile::operator=(LockFile&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

LockFile::~LockFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace netherlink::store::sqlite
