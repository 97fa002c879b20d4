#include "bench/support/options.hpp"

#include <fmt/format.h>

#include <charconv>
#include <functional>
#include <string_view>

#include "bench/support/failure.hpp"

namespace netherlink::bench {

namespace {

template <class T>
T parse_number(std::string_view name, std::string_view text, T min) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < min) {
    throw Failure(fmt::format("{}: not a number of at least {}: {}", name, min, text));
  }
  return value;
}

struct Option {
  std::string_view name, argument, help;  // without an argument: a flag
  std::function<void(Options&, std::string_view)> set;
};

template <class T>
Option number(std::string_view name, std::optional<T> Options::*field, T min, std::string_view help) {
  return {name, "N", help,
          [=](Options& options, std::string_view text) { options.*field = parse_number<T>(name, text, min); }};
}

Option text(std::string_view name, std::string_view argument, std::string Options::*field, std::string_view help) {
  return {name, argument, help, [=](Options& options, std::string_view value) { options.*field = value; }};
}

Option list(std::string_view name, std::string_view argument, std::vector<std::string> Options::*field,
            std::string_view help) {
  return {name, argument, help,
          [=](Options& options, std::string_view value) { (options.*field).emplace_back(value); }};
}

Option cpu(std::string_view name, int Options::*field, std::string_view help) {
  return {name, "CPU", help,
          [=](Options& options, std::string_view value) { options.*field = parse_number(name, value, -1); }};
}

const std::vector<Option>& table() {
  using O = Options;
  static const std::vector<Option> options{
      list("--url", "URL", &O::urls, "a replica, http://host:port; repeat for several"),
      text("--start", "BINARY", &O::start_binary, "start this netherlink on an empty folder, stop it afterwards"),
      list("--server-set", "KEY=VALUE", &O::server_set, "a configuration value for the started server"),
      text("--dir", "FOLDER", &O::directory, "parent of temporary data; its disk is measured (default /var/tmp)"),
      {"--server-pid", "PID", "process to watch (default: the started one, else process_* of /metrics)",
       [](O& o, std::string_view value) { o.server_pid = parse_number<pid_t>("--server-pid", value, 1); }},
      cpu("--server-cpu", &O::server_cpu, "core of the started server, -1: not pinned (default 0)"),
      cpu("--client-cpu", &O::client_cpu, "core of this program, -1: not pinned (default 1)"),
      text("--amqp", "URL", &O::amqp, "limits: a RabbitMQ, amqp://user:password@host:port/vhost, to be measured too"),
      text("--json", "FILE", &O::json_file, "write the results there too"),
      number("--seconds", &O::seconds, 0.1, "length of the measurement"),
      number("--warmup", &O::warmup, 0.0, "seconds before it that do not count"),
      number("--pairs", &O::pairs, 1, "dm, resume: pairs of users (200)"),
      number("--window", &O::window, 1, "messages in flight for each sender (dm 16, fanout 8)"),
      number("--rate", &O::rate, 0.001, "dm, fanout, group (20): messages a second over all senders, open loop"),
      number("--fraction", &O::fraction, 0.001, "dm, fanout: find the peak first, then run this part of it as rate"),
      {"--both", "", "dm: both users of a pair send", [](O& o, std::string_view) { o.both_directions = true; }},
      {"--faults", "", "resume: the servers may fail meanwhile; what is refused is sent again",
       [](O& o, std::string_view) { o.faults = true; }},
      number("--content", &O::content_bytes, 1, "bytes of a message's text (100)"),
      number("--members", &O::members, 2, "fanout: sockets in world (1000); group: its members (20000)"),
      number("--online", &O::online, 2, "group: members that are connected (2000)"),
      number("--chat-rate", &O::chat_rate, 0.001, "group: messages a second in the single chat (200)"),
      number("--protobuf", &O::protobuf, 0, "fanout: percent of them that speak Protobuf, none of whom sends (0)"),
      number("--senders", &O::senders, 1, "fanout, group: of them that send (20)"),
      number("--connections", &O::connections, 1, "idle: sockets (10000)"),
      number("--sessions-per-user", &O::sessions_per_user, 1, "idle: sockets that share a user (1)"),
      number("--heartbeat", &O::heartbeat, 0.0, "idle: seconds between a client's pings, 0: none (as the server asks)"),
      number("--concurrency", &O::concurrency, 1, "connect: handshakes in flight (64)"),
      number("--drop-every", &O::drop_every, 0.05, "resume: mean seconds between drops of one receiver (3)"),
      number("--repeat", &O::repeat, 1, "start: how often (5)"),
      {"--help", "", "this text", [](O& o, std::string_view) { o.help = true; }},
  };
  return options;
}

}  // namespace

Options parse_options(int argc, const char* const* argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    std::string_view argument = argv[i];
    if (!argument.starts_with("-")) {
      if (!options.scenario.empty()) throw Failure("one scenario at a time, not also " + std::string(argument));
      options.scenario = argument;
      continue;
    }
    const auto equals = argument.find('=');
    const auto name = argument.substr(0, equals);
    const Option* found = nullptr;
    for (const Option& option : table()) {
      if (option.name == name) found = &option;
    }
    if (found == nullptr) throw Failure("unknown option " + std::string(name));
    if (found->argument.empty()) {
      found->set(options, {});
    } else if (equals != argument.npos) {
      found->set(options, argument.substr(equals + 1));
    } else if (++i < argc) {
      found->set(options, argv[i]);
    } else {
      throw Failure(std::string(name) + " needs a value");
    }
  }
  return options;
}

std::string options_help() {
  std::string text;
  for (const Option& option : table()) {
    text += fmt::format("  {:<28} {}\n", fmt::format("{} {}", option.name, option.argument), option.help);
  }
  return text;
}

}  // namespace netherlink::bench
