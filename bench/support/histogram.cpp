#include "bench/support/histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace netherlink::bench {

Histogram::Histogram() : buckets_(std::make_unique<Buckets>()) {}

std::size_t Histogram::index_of(std::uint64_t value) {
  if (value < sub_count) return value;
  const auto shift = static_cast<unsigned>(std::bit_width(value)) - 1 - sub_bits;
  return (shift + 1) * sub_count + static_cast<std::size_t>((value >> shift) - sub_count);
}

std::uint64_t Histogram::highest_of(std::size_t index) {
  if (index < sub_count) return index;
  const auto shift = index / sub_count - 1;
  const auto base = static_cast<std::uint64_t>(index % sub_count + sub_count);
  return ((base + 1) << shift) - 1;
}

void Histogram::record(Nanos value) {
  const Nanos positive = std::max<Nanos>(value, 0);
  ++(*buckets_)[index_of(static_cast<std::uint64_t>(positive))];
  ++count_;
  sum_ += static_cast<double>(positive);
  max_ = std::max(max_, positive);
}

void Histogram::merge(const Histogram& other) {
  for (std::size_t i = 0; i < buckets_->size(); ++i) (*buckets_)[i] += (*other.buckets_)[i];
  count_ += other.count_;
  sum_ += other.sum_;
  max_ = std::max(max_, other.max_);
}

double Histogram::mean() const {
  return count_ == 0 ? 0 : sum_ / static_cast<double>(count_);
}

Nanos Histogram::percentile(double percent) const {
  if (count_ == 0) return 0;
  const auto wanted =
      std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::ceil(percent / 100 * static_cast<double>(count_))));
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < buckets_->size(); ++i) {
    seen += (*buckets_)[i];
    if (seen >= wanted) return std::min(static_cast<Nanos>(highest_of(i)), max_);
  }
  return max_;
}

}  // namespace netherlink::bench
