#pragma once

#include <cstdint>
#include <string_view>

namespace netherlink::cache::redis {

constexpr std::uint16_t slot_count = 16384;

/// The hash slot of a key: CRC16 of what stands in its first non-empty {…}, of all of it otherwise.
std::uint16_t slot_of(std::string_view key);

}  // namespace netherlink::cache::redis
