#include "gateway/http/byte_range.hpp"

#include <algorithm>
#include <charconv>

namespace netherlink::gateway {
namespace {

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (text.empty() || error != std::errc() || stopped != end) return std::nullopt;
  return value;
}

}  // namespace

RangeRequest parse_range(std::string_view header, std::uint64_t size) {
  using Kind = RangeRequest::Kind;
  constexpr std::string_view unit = "bytes=";
  const auto text = trim(header);
  const auto dash = text.find('-');
  if (!text.starts_with(unit) || dash == std::string_view::npos || text.find(',') != std::string_view::npos) return {};
  const auto first = trim(text.substr(unit.size(), dash - unit.size())), last = trim(text.substr(dash + 1));
  const auto begin = number(first), end = number(last);
  if ((!first.empty() && !begin) || (!last.empty() && !end) || (!begin && !end)) return {};
  if (!begin) {
    const auto count = std::min(*end, size);
    if (count == 0) return {Kind::unsatisfiable, {}};
    return {Kind::part, {size - count, count}};
  }
  if (end && *end < *begin) return {};
  if (*begin >= size) return {Kind::unsatisfiable, {}};
  const auto stop = end ? std::min(*end, size - 1) : size - 1;
  return {Kind::part, {*begin, stop - *begin + 1}};
}

bool etag_matches(std::string_view if_none_match, std::string_view etag) {
  while (!if_none_match.empty()) {
    const auto comma = std::min(if_none_match.find(','), if_none_match.size());
    auto tag = trim(if_none_match.substr(0, comma));
    if (tag.starts_with("W/")) tag.remove_prefix(2);
    if (tag == "*" || (!tag.empty() && tag == etag)) return true;
    if_none_match.remove_prefix(std::min(comma + 1, if_none_match.size()));
  }
  return false;
}

}  // namespace netherlink::gateway
