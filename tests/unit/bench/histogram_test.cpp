#include "bench/support/histogram.hpp"

#include "support/catch.hpp"

using namespace netherlink::bench;

TEST_CASE("percentiles are at most 0.8 % too high, the maximum is exact") {
  Histogram histogram;
  for (Nanos i = 1; i <= 100'000; ++i) histogram.record(i * 1000);
  CHECK(histogram.count() == 100'000);
  CHECK(histogram.max() == 100'000'000);
  for (const double percent : {1.0, 50.0, 99.0, 99.9}) {
    const auto exact = static_cast<double>(percent * 1'000'000);
    const auto measured = static_cast<double>(histogram.percentile(percent));
    CHECK(measured >= exact);
    CHECK(measured <= exact * 1.008);
  }
  CHECK(histogram.percentile(100) == histogram.max());
}

TEST_CASE("small, huge and negative values, and nothing at all") {
  Histogram histogram;
  CHECK(histogram.percentile(99) == 0);
  histogram.record(-5);
  histogram.record(0);
  histogram.record(INT64_MAX);
  CHECK(histogram.percentile(50) == 0);
  CHECK(histogram.percentile(99) == INT64_MAX);
}

TEST_CASE("merged histograms are as one") {
  Histogram a, b;
  a.record(10);
  b.record(30);
  a.merge(b);
  CHECK(a.count() == 2);
  CHECK(a.max() == 30);
  CHECK(a.mean() == 20);
}
