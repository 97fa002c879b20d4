#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace netherlink::gateway {

/// A part of a representation: [begin, begin + count).
struct ByteRange {
  std::uint64_t begin = 0, count = 0;
  bool operator==(const ByteRange&) const = default;
};

struct RangeRequest {
  enum class Kind { whole, part, unsatisfiable } kind = Kind::whole;
  ByteRange part;
};

/// What a `Range` header (RFC 9110, section 14) asks of `size` bytes. Other units, malformed ones and several ranges at
/// once mean the whole, as the RFC allows.
RangeRequest parse_range(std::string_view header, std::uint64_t size);

/// Does `If-None-Match` name this entity tag, or any?
bool etag_matches(std::string_view if_none_match, std::string_view etag);

}  // namespace netherlink::gateway
