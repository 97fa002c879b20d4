#include <algorithm>
#include <array>

#include "netherlink/im/group_ports.hpp"

namespace netherlink::im {
namespace {

constexpr std::array<std::string_view, 2> histories{"joined", "all"};
constexpr std::array<std::string_view, 3> joins{"link", "request", "invite"};

template <class Value, std::size_t size>
std::optional<Value> parse(const std::array<std::string_view, size>& names, std::string_view text) {
  const auto* const found = std::ranges::find(names, text);
  if (found == names.end()) return std::nullopt;
  return static_cast<Value>(found - names.begin());
}

}  // namespace

std::string_view to_string(GroupHistory history) {
  return histories[static_cast<std::size_t>(history)];
}
std::string_view to_string(GroupJoin join) {
  return joins[static_cast<std::size_t>(join)];
}
std::optional<GroupHistory> parse_group_history(std::string_view text) {
  return parse<GroupHistory>(histories, text);
}
std::optional<GroupJoin> parse_group_join(std::string_view text) {
  return parse<GroupJoin>(joins, text);
}

}  // namespace netherlink::im
