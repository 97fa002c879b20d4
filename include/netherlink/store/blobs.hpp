#pragma once

#include <filesystem>
#include <memory>

#include "netherlink/attachment/ports.hpp"
#include "netherlink/core/result.hpp"

namespace netherlink::store {

/// Content in a folder, which several replicas may share (docs/attachments.md says what its file system must be able to
/// do). It is made when it is not there. The error's detail is for the operator: it names the path.
core::result<std::unique_ptr<attachment::BlobStore>> open_blob_folder(const std::filesystem::path& folder);

}  // namespace netherlink::store
