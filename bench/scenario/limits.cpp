#include "bench/limits/limits.hpp"

#include "bench/scenario/scenario.hpp"
#include "bench/server/cpu.hpp"

namespace netherlink::bench {

Outcome run_limits(const Options& options) {
  need_descriptors(4096);
  Progress progress("limits");
  Report report("limits");
  const double seconds = options.seconds.value_or(5);
  constexpr std::size_t sockets = 1000;
  progress.phase("raw sends");
  report.add("raw_sends", measure_raw_sends(options, sockets, 1, seconds), "1/s",
             "200 B frames to 1,000 sockets, one send() each");
  progress.phase("coalesced sends");
  report.add("raw_coalesced", measure_raw_sends(options, sockets, 10, seconds), "1/s",
             "the same, ten frames in a send()");
  for (const std::size_t rows : {1U, 100U, 1000U}) {
    progress.phase("SQLite, batches of " + std::to_string(rows));
    report.add("sqlite_rows_" + std::to_string(rows), measure_sqlite_commits(options, rows, seconds), "1/s",
               "rows, WAL, synchronous FULL, commits of " + std::to_string(rows));
  }
  progress.phase("raw handshakes");
  report.add("raw_handshakes", measure_raw_handshakes(options, seconds), "1/s", "accept, 101, one frame, close");
  progress.phase("this client");
  report.add("client_frames", measure_client(options, sockets, seconds), "1/s",
             "frames of 330 B that this client reads and checks, from a raw server");
  if (!options.amqp.empty()) {
    progress.phase("broker messages");
    report.add("amqp_messages", measure_amqp_messages(options, seconds), "1/s",
               "300 B, persistent, confirmed, through one quorum queue, one by one");
  }
  return {{std::move(report)}};
}

}  // namespace netherlink::bench
