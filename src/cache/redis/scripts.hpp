#pragma once

#include <array>
#include <string>
#include <string_view>

namespace netherlink::cache::redis {

/// Lua that runs inside Redis, on one key (and those that share its slot).
struct Script {
  std::size_t index;
  std::string_view text;
};

namespace scripts {
extern const Script range, replace, debit, put, heartbeat, presence_change, presence_sweep;
}  // namespace scripts

constexpr std::size_t script_count = 7;
extern const std::array<const Script*, script_count> all_scripts;

/// By index, as the servers named them; empty: not known yet.
using ScriptHashes = std::array<std::string, script_count>;

}  // namespace netherlink::cache::redis
