#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

/// Processes that tests start. Each ends with the thread that started it, whatever becomes of that.
namespace netherlink::test {

/// Where the child's streams go; -1: input from nowhere, outputs appended to the file `output`.
struct ChildStreams {
  int input = -1, output = -1;
};

/// Starts `arguments[0]`, looked for in the PATH, with the environment of this process.
pid_t spawn(std::vector<std::string> arguments, const std::filesystem::path& output, ChildStreams streams = {});
/// The same with this environment and no other.
pid_t spawn(std::vector<std::string> arguments, const std::filesystem::path& output,
            std::vector<std::string> environment, ChildStreams streams = {});

/// Waits, for ever, and answers the exit code; 128 + N after signal N.
int wait_for_end(pid_t child);
/// The same, or nullopt after `timeout`; 0 only looks.
std::optional<int> wait_for_end(pid_t child, std::chrono::milliseconds timeout);
/// SIGKILL, also to one that is stopped, and its end.
void kill_child(pid_t child);

std::string read_file(const std::filesystem::path& file);
/// What goes into a message about a process that failed: at most 4000 bytes.
std::string end_of(const std::string& log);

/// A TCP socket bound to that port of 127.0.0.1, or a UDP one; 0: any free one, put there.
int bound_socket(int type, std::uint16_t& port);
/// Nobody has it at this moment.
std::uint16_t free_port();
std::uint16_t free_port(int type);
/// `count` different ones, below those that the kernel gives to outgoing connections: a server that was killed gets its
/// own back.
std::vector<std::uint16_t> free_low_ports(std::size_t count);

/// $XDG_CACHE_HOME/netherlink, else ~/.cache/netherlink: where ./scripts/test keeps programs that tests need.
std::filesystem::path program_cache();

}  // namespace netherlink::test
