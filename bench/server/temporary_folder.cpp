#include "bench/server/temporary_folder.hpp"

#include <cstdlib>

#include "bench/support/failure.hpp"

namespace netherlink::bench {

TemporaryFolder::TemporaryFolder(const std::string& parent) {
  std::string pattern =
      (std::filesystem::path(parent.empty() ? "/var/tmp" : parent) / "netherlink-bench-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) fail_errno("cannot make " + pattern);
  path_ = std::filesystem::absolute(pattern);
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  if (!keep_) std::filesystem::remove_all(path_, ignored);
}

}  // namespace netherlink::bench
