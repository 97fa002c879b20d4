#pragma once

#include <cstddef>
#include <string>

#include "bench/support/options.hpp"
#include "bench/support/report.hpp"

namespace netherlink::bench {

/// What the machine gives to the least possible code, each measured on the server's core with the client's core as the
/// other end. All throw Failure when the machine does not play along.

/// Frames a second that one thread sends to `sockets` loopback connections, `frames` of 200 bytes in each send().
double measure_raw_sends(const Options& options, std::size_t sockets, std::size_t frames, double seconds);

/// Rows a second into SQLite (WAL, synchronous FULL), committed in batches of `rows`: the two unique keys of the
/// message store and nothing else. The file is made below options.directory.
double measure_sqlite_commits(const Options& options, std::size_t rows, double seconds);

/// Connections a second that one epoll thread accepts and answers with a fixed 101 and one frame, no token checked.
double measure_raw_handshakes(const Options& options, double seconds);

/// Frames of `message.new` a second that this program's own client reads, scans and checks when a raw server sends them
/// as fast as it can: the ceiling of every other figure.
double measure_client(const Options& options, std::size_t sockets, double seconds);

/// Persistent messages of 300 bytes a second through one quorum queue of the broker options.amqp: published with
/// confirms, consumed and acknowledged, a thousand on their way. What one broker message for each chat message reaches.
double measure_amqp_messages(const Options& options, double seconds);

}  // namespace netherlink::bench
