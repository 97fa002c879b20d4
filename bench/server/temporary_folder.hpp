#pragma once

#include <filesystem>
#include <string>

namespace netherlink::bench {

/// An empty folder of our own, removed with everything in it.
class TemporaryFolder {
 public:
  /// Below `parent`, or below /var/tmp when that is empty.
  explicit TemporaryFolder(const std::string& parent);
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  /// Leaves it behind, for looking at.
  void keep() { keep_ = true; }

 private:
  std::filesystem::path path_;
  bool keep_ = false;
};

}  // namespace netherlink::bench
