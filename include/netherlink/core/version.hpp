#pragma once

#include <string_view>

namespace netherlink::core {

/// Semantic version of NetherLink; CMakeLists.txt says the same (a test compares them).
inline constexpr std::string_view version = "0.1.0";

}  // namespace netherlink::core
