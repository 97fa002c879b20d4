#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace netherlink::core {

/// Snowflake ids (docs/architecture.md): positive 63-bit numbers, decimal strings in JSON.
using UserId = std::int64_t;
using SessionId = std::int64_t;
using MessageId = std::int64_t;

/// Position of a message in its conversation: 1, 2, 3, … without gaps; 0 stands before the first.
using Seq = std::int64_t;

/// The strict decimal form: 1-19 digits, no sign, no leading zero, at most 2^63-1, not 0. Anything else: nullopt.
std::optional<std::int64_t> parse_id(std::string_view text);

/// Epoch milliseconds, UTC: how every time is kept in memory and in the store.
using Timestamp = std::int64_t;

Timestamp now_ms();

/// RFC 3339 UTC with milliseconds: 2026-01-31T12:00:00.000Z.
std::string format_timestamp(Timestamp time);
void append_timestamp(std::string& out, Timestamp time);
/// A time of RFC 3339, with any offset and any fraction of a second (what is below milliseconds is dropped); leap
/// seconds are none.
std::optional<Timestamp> parse_timestamp(std::string_view text);

}  // namespace netherlink::core
