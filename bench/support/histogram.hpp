#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "bench/support/clock.hpp"

namespace netherlink::bench {

/// Latencies in log-linear buckets (as HdrHistogram): 128 buckets for each power of two, so a percentile is at most
/// 0.8 % too high; the maximum is exact. Recording costs a few nanoseconds and never allocates.
class Histogram {
 public:
  Histogram();

  void record(Nanos value);
  void merge(const Histogram& other);

  std::uint64_t count() const { return count_; }
  Nanos max() const { return max_; }
  double mean() const;
  /// `percent` in 0..100; 0 when nothing was recorded.
  Nanos percentile(double percent) const;

 private:
  static constexpr unsigned sub_bits = 7;
  static constexpr std::size_t sub_count = std::size_t{1} << sub_bits;
  using Buckets = std::array<std::uint64_t, (64 - sub_bits + 1) * sub_count>;

  static std::size_t index_of(std::uint64_t value);
  static std::uint64_t highest_of(std::size_t index);

  std::unique_ptr<Buckets> buckets_;
  std::uint64_t count_ = 0;
  Nanos max_ = 0;
  double sum_ = 0;
};

}  // namespace netherlink::bench
