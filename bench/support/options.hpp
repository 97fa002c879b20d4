#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

namespace netherlink::bench {

/// What the command line asked for. What is empty takes the scenario's own default.
struct Options {
  std::string scenario;
  std::vector<std::string> urls;
  std::string json_file;
  std::string amqp;  // a broker for `limits`

  std::string start_binary;             // start a server of our own for each scenario
  std::vector<std::string> server_set;  // more section.key=value for it
  std::string directory;                // where temporary data goes: the file system that is measured
  std::optional<pid_t> server_pid;
  int server_cpu = 0, client_cpu = 1;  // -1: not pinned

  std::optional<double> seconds, warmup;
  std::optional<int> pairs, window, members, online, senders, protobuf, connections, concurrency, sessions_per_user,
      content_bytes, repeat;
  std::optional<double> rate;       // messages a second over all senders; open loop
  std::optional<double> chat_rate;  // the same of the single chat beside a group
  std::optional<double> fraction;   // measure the peak first, then this part of it as rate
  std::optional<double> drop_every, heartbeat;
  bool both_directions = false;
  bool faults = false;  // somebody breaks the servers meanwhile
  bool help = false;
};

/// Throws Failure for what it does not understand.
Options parse_options(int argc, const char* const* argv);

/// One line for each option.
std::string options_help();

}  // namespace netherlink::bench
