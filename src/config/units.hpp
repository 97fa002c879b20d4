#pragma once

#include <cstdint>
#include <string_view>

namespace netherlink::config {

struct Suffix {
  std::string_view text;
  std::int64_t factor;
};

/// In milliseconds, the largest first.
inline constexpr Suffix duration_suffixes[] = {
    {"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}};
inline constexpr Suffix size_suffixes[] = {{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}};

}  // namespace netherlink::config
