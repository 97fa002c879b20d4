#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <vector>

#include "support/chaos_crowd.hpp"
#include "support/stack.hpp"

namespace netherlink::test {

constexpr milliseconds for_a_moment{300};

/// How long something is paused or out of reach: NETHERLINK_CHAOS_PAUSE_MS, else four seconds.
milliseconds pause_length();

/// People (NETHERLINK_CHAOS_PEOPLE, else six) talk over the replicas while `fault(round)` runs, NETHERLINK_CHAOS_ROUNDS
/// times, else once; then everybody must have everything, once, in order.
void survive(const std::vector<std::uint16_t>& ports, const std::function<void(std::size_t round)>& fault);

}  // namespace netherlink::test
