#pragma once

#include <vector>

#include "store/migrations.hpp"
#include "store/mysql/address.hpp"

namespace netherlink::store::mysql {

/// Of one database. Never creates or changes anything.
core::result<std::vector<Migration>> migration_status(const Address& address, MigrationFiles files);

/// Applies what is pending. Of several that try at once one does it, the others wait for it.
core::result<std::vector<Migration>> migrate_up(const Address& address, MigrationFiles files);

/// What is true of all of several databases: a file is applied when it is everywhere.
std::vector<Migration> combine(std::vector<Migration> migrations, const std::vector<Migration>& others);

}  // namespace netherlink::store::mysql
