#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "netherlink/core/embedded.hpp"
#include "netherlink/store/store.hpp"

namespace netherlink::store {

/// What both engines agree on about migrations: how files are compared with what a database says was applied.
struct AppliedMigration {
  std::string name, checksum;
  core::Timestamp applied_at = 0;
};
using AppliedMigrations = std::map<int, AppliedMigration>;

using MigrationFiles = std::span<const core::EmbeddedFile>;

/// SHA-256 in lower-case hex.
std::string checksum_of(std::string_view content);
/// NNNN of NNNN_name.sql.
int number_of(std::string_view file_name);

/// `files` are the migrations this program knows, named NNNN_name.sql.
std::vector<Migration> compare(MigrationFiles files, AppliedMigrations applied);

/// An error that names the first file that is edited or unknown, or (unless `pending_is_fine`) pending.
core::result<void> verify(const std::vector<Migration>& migrations, bool pending_is_fine);

/// Applies what is pending, unless any is edited or unknown. `apply` runs a file and notes it; a Failure of it becomes
/// an error that names the file.
core::result<std::vector<Migration>> apply_pending(MigrationFiles files,
                                                   const std::function<AppliedMigrations()>& read_applied,
                                                   const std::function<void(const core::EmbeddedFile&)>& apply);

/// server.unavailable with a detail for the operator.
core::Error failed(std::string_view what, const std::string& reason);

}  // namespace netherlink::store
