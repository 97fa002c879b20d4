#include "app/cli_commands.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <boost/version.hpp>
#include <ostream>
#include <string_view>

#include "app/adapters.hpp"
#include "netherlink/core/version.hpp"
#include "netherlink/store/store.hpp"

namespace netherlink::app {
namespace {

using store::Migration;

std::string_view name_of(Migration::State state) {
  switch (state) {
    case Migration::State::applied:
      return "applied";
    case Migration::State::pending:
      return "pending";
    case Migration::State::edited:
      return "edited since it was applied";
    case Migration::State::unknown:
      break;
  }
  return "applied by another version";
}

void print_table(const std::vector<Migration>& migrations, std::ostream& out) {
  std::size_t width = 4;
  for (const auto& migration : migrations) width = std::max(width, migration.name.size());
  out << fmt::format("{:<6}  {:<{}}  {:<24}  {}\n", "number", "name", width, "applied at", "state");
  for (const auto& m : migrations) {
    const auto time = m.applied_at == 0 ? "-" : core::format_timestamp(m.applied_at);
    out << fmt::format("{:04}    {:<{}}  {:<24}  {}\n", m.number, m.name, width, time, name_of(m.state));
  }
}

bool has_drifted(const Migration& migration) {
  return migration.state == Migration::State::edited || migration.state == Migration::State::unknown;
}

int print_status(const std::vector<Migration>& migrations, std::ostream& out, std::ostream& err) {
  print_table(migrations, out);
  if (std::none_of(migrations.begin(), migrations.end(), has_drifted)) return exit_done;
  err << "netherlink: the database does not match this version's migrations\n";
  return exit_failed;
}

}  // namespace

int print_version(std::ostream& out) {
#ifdef NDEBUG
  constexpr std::string_view build = "release";
#else
  constexpr std::string_view build = "debug";
#endif
#ifdef __clang__
  constexpr std::string_view compiler = "Clang " __clang_version__;
#else
  constexpr std::string_view compiler = "GCC " __VERSION__;
#endif
  out << fmt::format(
      "netherlink {}\n{} build, {}, Boost {}.{}.{}\nstore: sqlite, mysql; bus: memory, rabbitmq; cache: memory, "
      "redis\n",
      core::version, build, compiler, BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000, BOOST_VERSION % 100);
  return exit_done;
}

int print_settings(const config::Loaded& loaded, std::ostream& out) {
  out << "configuration is valid\n";
  std::size_t width = 0;
  for (const auto& setting : loaded.settings) width = std::max(width, setting.key.size() + setting.value.size());
  for (const auto& [key, value, source] : loaded.settings) {
    out << fmt::format("  {:<{}}  # {}\n", fmt::format("{} = {}", key, value), width + 3, source);
  }
  out << (loaded.settings.empty() ? "Every key has its default" : "Every other key has its default")
      << "; `netherlink config-reference` lists them.\n";
  return exit_done;
}

int dead_letters(DeadLetterAction action, std::size_t limit, const config::Config& config, std::ostream& out,
                 std::ostream& err) {
  if (is_embedded(config.bus.url)) {
    err << "netherlink: the in-process bus keeps no dead letters; bus.url names no broker\n";
    return exit_usage;
  }
  const auto options = rabbit_options(config);
  const auto failed = [&](const core::Error& error) {
    err << "netherlink: " << error.detail() << "\n";
    return exit_failed;
  };
  if (action == DeadLetterAction::replay) {
    const auto moved = bus::replay_dead_letters(options, limit);
    if (!moved) return failed(moved.error());
    out << fmt::format("{} put back\n", *moved);
    return exit_done;
  }
  const auto letters = bus::dead_letters(options, limit);
  if (!letters) return failed(letters.error());
  out << fmt::format("{:<32}  {:<16}  {:>5}  {:>8}\n", "queue", "reason", "times", "bytes");
  for (const auto& letter : *letters) {
    out << fmt::format("{:<32}  {:<16}  {:>5}  {:>8}\n", letter.queue, letter.reason, letter.count,
                       letter.payload->size());
  }
  return exit_done;
}

int migrate(MigrateAction action, const config::Config& config, std::ostream& out, std::ostream& err) {
  const auto options = store_options(config);
  const auto result = action == MigrateAction::up ? store::migrate_up(options) : store::migration_status(options);
  if (!result) {
    err << "netherlink: " << result.error().detail() << "\n";
    return exit_failed;
  }
  return print_status(*result, out, err);
}

}  // namespace netherlink::app
