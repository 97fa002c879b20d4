#pragma once

#include <span>
#include <string>
#include <string_view>

#include "netherlink/vpn/types.hpp"

namespace netherlink::vpn {

/// The policy of a cell: the members of each circle reach each other, but for those who are apart, and nobody else
/// reaches anybody. The same circles give the same text. A rule that matches nobody is always in it: a policy without
/// rules would let everybody reach everybody.
std::string render_policy(std::span<const Circle> circles);

/// Whether a policy that a control server has lets nobody in who is not named: only groups of people, and rules
/// between them. Keys are handed out under such a policy alone.
bool is_closed(std::string_view policy);

}  // namespace netherlink::vpn
