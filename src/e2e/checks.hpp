#pragma once

#include "netherlink/e2e/service.hpp"

namespace netherlink::e2e {

/// Whether every key is one, and every signature right. request.invalid with every field that is wrong.
core::result<void> check_keys(const Publication& publication, std::size_t one_time_keys);

}  // namespace netherlink::e2e
