#pragma once

#include <string>
#include <vector>

#include "store/migrations.hpp"

namespace netherlink::store::sqlite {

/// `files` are the migrations this program knows, named NNNN_name.sql. Never creates or changes anything.
core::result<std::vector<Migration>> migration_status(const std::string& path, MigrationFiles files);

/// Creates folder and file (for their owner alone) where missing, and applies what is pending.
core::result<std::vector<Migration>> migrate_up(const std::string& path, MigrationFiles files);

}  // namespace netherlink::store::sqlite
