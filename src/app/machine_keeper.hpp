#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

#include "netherlink/id/machine_lease.hpp"
#include "netherlink/id/snowflake.hpp"

namespace netherlink::app {

/// Holds a machine number of its own for this replica, and tells the generator how long it may use it: a replica that
/// was paused or cut off stops giving out ids before anybody else gets its number. Renews on a thread of its own.
class MachineKeeper {
 public:
  MachineKeeper(id::MachineLeases& leases, id::Generator& generator, std::string holder, std::int64_t lowest,
                std::int64_t highest);
  ~MachineKeeper();
  MachineKeeper(const MachineKeeper&) = delete;
  MachineKeeper& operator=(const MachineKeeper&) = delete;

  /// The first lease. Blocks.
  core::result<void> start();
  /// Gives the number back. Idempotent.
  void stop();

 private:
  using Clock = id::Generator::Clock;

  core::result<void> acquire();
  bool renew();
  void run();
  void hold(Clock::time_point asked);

  id::MachineLeases& leases_;
  id::Generator& generator_;
  const std::string holder_;
  const std::int64_t lowest_, highest_;
  id::MachineLease lease_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace netherlink::app
