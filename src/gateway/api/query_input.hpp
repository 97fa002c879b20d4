#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/http/message.hpp"
#include "netherlink/core/result.hpp"

namespace netherlink::gateway {

/// Reads the query of a request and collects every problem: like JsonInput, nothing is clamped, and a parameter that is
/// not in `known` or comes twice is refused. The request must outlive the reader.
class QueryInput {
 public:
  QueryInput(const Request& request, std::initializer_list<std::string_view> known);

  std::optional<std::string_view> text(std::string_view name) const { return request_.query_value(name); }
  std::string_view required_text(std::string_view name);
  std::optional<std::int64_t> number(std::string_view name, std::int64_t min, std::int64_t max);

  /// `limit` of a list: 1 to 200, 50 when it is absent (docs/protocol.md).
  std::size_t page_limit();
  /// `cursor` of a list, any text but the empty one; empty when it is absent.
  std::string_view cursor();
  /// `cursor` of a list whose cursors are ids.
  std::optional<std::int64_t> id_cursor();
  void fail_cursor() { fail("cursor", "is not a cursor of this list"); }
  void fail(std::string_view name, std::string message);

  /// request.invalid with every problem found.
  core::result<void> finish();

 private:
  const Request& request_;
  std::vector<core::FieldError> problems_;
};

}  // namespace netherlink::gateway
