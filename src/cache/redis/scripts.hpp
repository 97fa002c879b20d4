#pragma once

#include <array>
#include <string>
#include <string_view>

namespace netherlink::cache::redis {

/// Lua that runs inside Redis, on one key.
struct Script {
  std::size_t index;
  std::string_view text;
};

namespace scripts {
extern const Script range, replace, debit, put, heartbeat;
}  // namespace scripts

constexpr std::size_t script_count = 5;
extern const std::array<const Script*, script_count> all_scripts;

/// By index, as the servers named them; empty: not known yet.
using ScriptHashes = std::array<std::string, script_count>;

}  // namespace netherlink::cache::redis
