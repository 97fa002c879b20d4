#pragma once

#include <chrono>
#include <cstddef>

namespace netherlink::image {

/// From here on this process can read and write what it has open, use so much memory and processor time, and end.
/// False: the kernel refused a part of it.
bool confine(std::size_t memory_bytes, std::chrono::seconds cpu_time);

}  // namespace netherlink::image
