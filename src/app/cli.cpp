#include "app/cli.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <iostream>
#include <span>

#include "app/application.hpp"
#include "app/cli_commands.hpp"
#include "netherlink/image/inspector.hpp"

namespace netherlink::app {
namespace {

constexpr std::array<std::string_view, 6> commands = {"serve",        "migrate",          "admin",
                                                      "check-config", "config-reference", "version"};

/// The arguments, once CLI11 has read them.
struct Arguments {
  std::string file;
  std::vector<std::string> set;
  std::string migrate_action = "up", dead_letter_action = "list";
  std::size_t limit = 100;
  bool markdown = false;
};

void add_sources(CLI::App& command, Arguments& arguments) {
  command.add_option("--config", arguments.file, "TOML file; without it $NETHERLINK_CONFIG, without that none")
      ->type_name("FILE");
  command.add_option("--set", arguments.set, "A setting that wins over file and environment; may be repeated")
      ->type_name("section.key=value")
      ->allow_extra_args(false);
}

void declare(CLI::App& app, Arguments& arguments) {
  app.name("netherlink");
  app.require_subcommand(1);
  add_sources(*app.add_subcommand("serve", "Serve until SIGTERM or SIGINT"), arguments);
  auto* migrate = app.add_subcommand("migrate", "Bring the database to this version, or show where it stands");
  migrate->add_option("action", arguments.migrate_action, "up (the default) or status")
      ->check(CLI::IsMember({"up", "status"}));
  add_sources(*migrate, arguments);
  auto* admin = app.add_subcommand("admin", "Work on a system that runs");
  admin->require_subcommand(1);
  auto* letters = admin->add_subcommand("dead-letters", "Payloads that nobody could process: list or replay");
  letters->add_option("action", arguments.dead_letter_action, "list (the default) or replay")
      ->check(CLI::IsMember({"list", "replay"}));
  letters->add_option("--limit", arguments.limit, "At most so many (100)")->check(CLI::Range(1, 10'000));
  add_sources(*letters, arguments);
  add_sources(*app.add_subcommand("check-config", "Check the configuration and show what it sets"), arguments);
  app.add_subcommand("config-reference", "Print every setting with its default, as TOML")
      ->add_flag("--markdown", arguments.markdown, "As tables, for the documentation");
  app.add_subcommand("version", "Print the version");
}

config::Sources sources_of(const Arguments& arguments, const CommandLine& line) {
  config::Sources sources{.file = std::nullopt, .environment = line.environment, .set = arguments.set};
  if (!arguments.file.empty()) {
    sources.file = arguments.file;
    return sources;
  }
  const std::string variable = std::string(config::file_variable) + "=";
  for (const auto& entry : line.environment) {
    if (entry.starts_with(variable) && entry.size() > variable.size()) sources.file = entry.substr(variable.size());
  }
  return sources;
}

int execute(const CLI::App& app, const Arguments& arguments, const CommandLine& line) {
  const std::string& name = app.get_subcommands().front()->get_name();
  if (name == "version") return print_version(line.out);
  if (name == "config-reference") {
    line.out << (arguments.markdown ? config::reference_markdown() : config::reference());
    return exit_done;
  }
  const auto sources = sources_of(arguments, line);
  const auto loaded = config::load(sources);
  for (const auto& problem : loaded.problems) line.err << config::to_string(problem) << "\n";
  if (!loaded.problems.empty()) return exit_usage;
  if (name == "check-config") return print_settings(loaded, line.out);
  if (name == "serve") return serve(loaded.config, sources);
  if (name == "admin") {
    const auto action = arguments.dead_letter_action == "list" ? DeadLetterAction::list : DeadLetterAction::replay;
    return dead_letters(action, arguments.limit, loaded.config, line.out, line.err);
  }
  const auto action = arguments.migrate_action == "up" ? MigrateAction::up : MigrateAction::status;
  return migrate(action, loaded.config, line.out, line.err);
}

/// The first argument, when it is meant as a command and is none.
bool names_no_command(const CommandLine& line) {
  if (line.arguments.empty() || line.arguments.front().starts_with('-')) return false;
  return std::find(commands.begin(), commands.end(), line.arguments.front()) == commands.end();
}

}  // namespace

int run(const CommandLine& line) {
  if (!line.arguments.empty() && line.arguments.front() == image::worker_command) {
    return image::run_worker(std::span(line.arguments).subspan(1));
  }
  CLI::App app("NetherLink: accounts, messages and rooms for people who play together");
  Arguments arguments;
  declare(app, arguments);
  if (line.arguments.empty()) {
    line.err << app.help();
    return exit_usage;
  }
  if (names_no_command(line)) {
    line.err << "netherlink: there is no command \"" << line.arguments.front() << "\"; the commands are";
    for (const auto command : commands) line.err << " " << command;
    line.err << "\n";
    return exit_usage;
  }
  try {
    app.parse(std::vector<std::string>(line.arguments.rbegin(), line.arguments.rend()));  // CLI11 takes them backwards
  } catch (const CLI::ParseError& problem) {
    return app.exit(problem, line.out, line.err) == 0 ? exit_done : exit_usage;
  }
  return execute(app, arguments, line);
}

}  // namespace netherlink::app
