#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "bench/client/endpoint.hpp"
#include "bench/server/temporary_folder.hpp"
#include "bench/support/clock.hpp"
#include "bench/support/event_loop.hpp"

namespace netherlink::bench {

/// A netherlink of our own: on a free port, in an empty folder, pinned, fit for load tests (fast password hashing, no
/// rate limits). Ended with SIGTERM by its process id; the kernel ends it when this program dies.
class ServerProcess {
 public:
  struct Settings {
    std::string binary;
    std::string parent_folder;
    std::vector<std::string> set;
    int cpu = -1;
  };

  /// Returns when it has answered its first request.
  ServerProcess(EventLoop& loop, const Settings& settings);
  ~ServerProcess();
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;

  /// SIGTERM; Failure when it does not exit with 0 in `timeout`.
  void stop(Nanos timeout = 30 * nanos_per_second);

  pid_t pid() const { return pid_; }
  const Endpoint& endpoint() const { return endpoint_; }
  /// From exec to the first answer.
  Nanos start_time() const { return start_time_; }

 private:
  void launch(const Settings& settings);
  std::uint16_t wait_for_port();
  std::string log_tail() const;
  bool exited();

  TemporaryFolder folder_;
  pid_t pid_ = -1;
  int status_ = 0;
  Endpoint endpoint_;
  Nanos start_time_ = 0;
};

}  // namespace netherlink::bench
