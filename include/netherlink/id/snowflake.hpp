#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>

#include "netherlink/core/ids.hpp"
#include "netherlink/core/result.hpp"

namespace netherlink::id {

/// 41 bits of milliseconds since 2024-01-01 UTC, 10 bits of machine (or partition), 12 bits of sequence.
constexpr core::Timestamp epoch_ms = 1'704'067'200'000;
constexpr int machine_bits = 10, sequence_bits = 12;

constexpr std::int64_t machine_of(std::int64_t id) {
  return (id >> sequence_bits) & ((1 << machine_bits) - 1);
}
constexpr core::Timestamp time_of(std::int64_t id) {
  return (id >> (sequence_bits + machine_bits)) + epoch_ms;
}

/// The next id of `machine` after `last` at time `now`: never less than or equal to `last`, whatever the clock says
/// (a clock that went back is ridden out on the sequence and borrowed milliseconds). Pure.
std::int64_t next_id(std::int64_t last, std::int64_t machine, core::Timestamp now);

/// Ids for everything but messages. Thread-safe.
class Generator {
 public:
  using Clock = std::chrono::steady_clock;

  /// Without a machine number: next() refuses until it gets one.
  Generator() = default;
  /// The number is this process's for ever.
  explicit Generator(std::int64_t machine) : machine_(machine), until_(Clock::time_point::max()) {}

  /// From now on ids are of `machine` and above `last_id`, and from `until` on there are none.
  void hold(std::int64_t machine, std::int64_t last_id, Clock::time_point until);

  /// server.unavailable: the right to the machine number ran out (docs/architecture.md, rule 11).
  core::result<std::int64_t> next();
  /// The newest id given out.
  std::int64_t last() const;

 private:
  mutable std::mutex mutex_;
  std::int64_t machine_ = 0;
  std::int64_t last_ = 0;
  Clock::time_point until_ = Clock::time_point::min();
};

}  // namespace netherlink::id
