#pragma once

#include <cstdint>
#include <ctime>

namespace netherlink::bench {

/// Monotonic nanoseconds; comparable between processes of one machine.
using Nanos = std::int64_t;

inline constexpr Nanos nanos_per_second = 1'000'000'000;
inline constexpr Nanos nanos_per_milli = 1'000'000;

inline Nanos now_ns() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * nanos_per_second + t.tv_nsec;
}

inline Nanos from_seconds(double seconds) {
  return static_cast<Nanos>(seconds * 1e9);
}
inline double to_seconds(Nanos time) {
  return static_cast<double>(time) / 1e9;
}
inline double to_millis(Nanos time) {
  return static_cast<double>(time) / 1e6;
}

}  // namespace netherlink::bench
