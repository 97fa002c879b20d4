#pragma once

#include "netherlink/store/store.hpp"

namespace netherlink::store::sqlite {

core::result<std::unique_ptr<Store>> open(const std::string& path, const Options& options);

}  // namespace netherlink::store::sqlite
