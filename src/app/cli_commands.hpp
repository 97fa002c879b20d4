#pragma once

#include <cstddef>
#include <iosfwd>

#include "netherlink/config/config.hpp"

namespace netherlink::app {

/// Exit codes (docs/configuration.md).
constexpr int exit_done = 0, exit_failed = 1, exit_usage = 2;

enum class MigrateAction { up, status };

int print_version(std::ostream& out);
/// What the sources set, secrets masked.
int print_settings(const config::Loaded& loaded, std::ostream& out);
enum class DeadLetterAction { list, replay };

/// What the broker holds that nobody could process: shows it, or moves it back to where it came from.
int dead_letters(DeadLetterAction action, std::size_t limit, const config::Config& config, std::ostream& out,
                 std::ostream& err);
int migrate(MigrateAction action, const config::Config& config, std::ostream& out, std::ostream& err);

}  // namespace netherlink::app
