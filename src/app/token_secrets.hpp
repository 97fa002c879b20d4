#pragma once

#include <string>
#include <vector>

#include "netherlink/config/config.hpp"
#include "netherlink/core/result.hpp"

namespace netherlink::app {

/// The secrets that sign tokens, the current one first: those of the configuration, or (embedded store only) one that
/// is generated at the first start into `data_folder`/jwt_secret, readable by its owner alone.
core::result<std::vector<std::string>> token_secrets(const config::Config& config, const std::string& data_folder);

}  // namespace netherlink::app
