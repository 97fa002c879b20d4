#pragma once

#include <sys/types.h>

#include <optional>

#include "bench/client/endpoint.hpp"
#include "bench/support/event_loop.hpp"

namespace netherlink::bench {

/// What the server uses, from /proc where its process is on this machine, else from process_* of /metrics.
class ServerProbe {
 public:
  ServerProbe(EventLoop& loop, Endpoint endpoint, std::optional<pid_t> pid)
      : loop_(loop), endpoint_(std::move(endpoint)), pid_(pid) {}

  struct Usage {
    double cpu_seconds = 0;     // user and system, since it started
    double resident_bytes = 0;  // RSS
    double private_bytes = 0;   // anonymous and its own pages (smaps_rollup); 0 when only /metrics is at hand
  };
  /// nullopt when neither source answers.
  std::optional<Usage> usage() const;

 private:
  std::optional<Usage> from_proc() const;
  std::optional<Usage> from_metrics() const;

  EventLoop& loop_;
  Endpoint endpoint_;
  std::optional<pid_t> pid_;
};

/// CPU seconds of this program.
double own_cpu_seconds();

}  // namespace netherlink::bench
