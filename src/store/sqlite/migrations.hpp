#pragma once

#include <span>
#include <string>
#include <vector>

#include "netherlink/core/embedded.hpp"
#include "netherlink/store/store.hpp"

namespace netherlink::store::sqlite {

/// `files` are the migrations this program knows, named NNNN_name.sql. Never creates or changes anything.
core::result<std::vector<Migration>> migration_status(const std::string& path,
                                                      std::span<const core::EmbeddedFile> files);

/// Creates folder and file (for their owner alone) where missing, and applies what is pending.
core::result<std::vector<Migration>> migrate_up(const std::string& path, std::span<const core::EmbeddedFile> files);

/// An error that names the first file that is edited or unknown, or (unless `pending_is_fine`) pending.
core::result<void> verify(const std::vector<Migration>& migrations, bool pending_is_fine);

}  // namespace netherlink::store::sqlite
