#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "netherlink/core/result.hpp"

namespace netherlink::id {

/// The right to mint ids with one machine number, for a time.
struct MachineLease {
  std::int64_t machine = 0;
  std::string holder;        // the instance
  std::int64_t last_id = 0;  // a high-water mark: the holder mints ids above it
};

/// Who holds which machine number: a table of the main database, whose clock decides (Redis may be lost, ids may not).
/// Calls block. Thread-safe.
class MachineLeases {
 public:
  virtual ~MachineLeases() = default;
  /// A number in lowest..highest (inclusive) that nobody holds, the one free for longest first.
  /// server.unavailable: the store is away, or all are held.
  virtual core::result<MachineLease> acquire(std::string_view holder, std::int64_t lowest, std::int64_t highest,
                                             std::chrono::milliseconds ttl) = 0;
  /// Holds it for another `ttl` and notes last_id. False: it ran out and is somebody else's now.
  virtual core::result<bool> renew(const MachineLease& lease, std::chrono::milliseconds ttl) = 0;
  virtual core::result<void> release(const MachineLease& lease) = 0;
};

}  // namespace netherlink::id
