#pragma once

#include "netherlink/store/store.hpp"

namespace netherlink::store::mysql {

core::result<std::unique_ptr<Store>> open(const Options& options);
core::result<std::vector<Migration>> migration_status(const Options& options);
core::result<std::vector<Migration>> migrate_up(const Options& options);

}  // namespace netherlink::store::mysql
