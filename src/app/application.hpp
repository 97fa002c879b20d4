#pragma once

#include "netherlink/config/config.hpp"

namespace netherlink::app {

/// `netherlink serve`: builds the system, serves until SIGTERM or SIGINT, drains. Answers the exit code of the process:
/// 0 stopped cleanly, 1 failed. `sources`: where `config` came from, for SIGHUP.
int serve(const config::Config& config, const config::Sources& sources);

}  // namespace netherlink::app
