#pragma once

#include <cstdint>

namespace netherlink::gateway::ws {

/// A connection inside its hub. The generation tells a slot's present owner from former ones.
struct Handle {
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;
  bool operator==(const Handle&) const = default;
};

/// What im::Origin::connection means here: 16 bits of thread (from 1), 24 of slot, 24 of generation. A thread of `rest`
/// marks a REST caller, the other 48 bits then number its request. 0: nobody.
struct ConnectionId {
  static constexpr std::uint64_t rest = 0xFFFF;
  static constexpr std::uint32_t part_mask = 0xFFFFFF;

  static std::uint64_t of_session(std::size_t thread, Handle handle) {
    return (static_cast<std::uint64_t>(thread) + 1) << 48 | static_cast<std::uint64_t>(handle.slot) << 24 |
           (handle.generation & part_mask);
  }
  static std::uint64_t of_rest(std::uint64_t number) { return rest << 48 | (number & 0xFFFFFFFFFFFF); }

  static bool is_rest(std::uint64_t id) { return id >> 48 == rest; }
  static bool is_session(std::uint64_t id) { return id >> 48 != 0 && !is_rest(id); }
  static std::size_t thread(std::uint64_t id) { return static_cast<std::size_t>((id >> 48) - 1); }
  static Handle handle(std::uint64_t id) {
    return {static_cast<std::uint32_t>(id >> 24) & part_mask, static_cast<std::uint32_t>(id) & part_mask};
  }
};

}  // namespace netherlink::gateway::ws
