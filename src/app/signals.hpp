#pragma once

#include <chrono>
#include <optional>

namespace netherlink::app {

/// Blocks SIGTERM, SIGINT and SIGHUP for this thread and those it starts, and ignores SIGPIPE and SIGXFSZ, so that a
/// closed socket and a file at its size limit are errors of their calls. Construct it before the first thread.
class Signals {
 public:
  Signals();

  /// The next signal, or nullopt when the time is over. Main thread.
  std::optional<int> wait(std::chrono::milliseconds timeout) const;

  /// From here on a second SIGTERM or SIGINT ends the process at once, with exit code 1.
  void abort_on_next() const;
};

}  // namespace netherlink::app
