#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace netherlink::crypto {

/// Cryptographically strong. Thread-safe.
std::string random_bytes(std::size_t count);
std::string random_hex(std::size_t bytes);
std::uint64_t random_u64();

}  // namespace netherlink::crypto
