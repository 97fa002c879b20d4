#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace netherlink::core {

/// W3C trace context (https://www.w3.org/TR/trace-context/), version 00.
struct TraceContext {
  std::string trace_id;   // 32 lower-case hex digits, not all zero
  std::string parent_id;  // 16 lower-case hex digits, not all zero: this process's own span
  bool sampled = false;

  /// A new trace with random ids.
  static TraceContext start();
  /// Continues the caller's `traceparent`: same trace id and flags, a span id of our own. nullopt if it is malformed
  /// (the caller then starts a new trace, as the recommendation asks).
  static std::optional<TraceContext> continue_from(std::string_view traceparent);
  std::string traceparent() const;
};

}  // namespace netherlink::core
