#include "gateway/api/page_query.hpp"

#include "netherlink/core/ids.hpp"

namespace netherlink::gateway {
namespace {

constexpr std::int64_t max_limit = 200;

}  // namespace

core::result<PageQuery> read_page_query(const Request& request) {
  PageQuery page;
  std::vector<core::FieldError> problems;
  if (const auto text = request.query_value("limit")) {
    const auto limit = core::parse_id(*text);  // the same strict decimal form
    if (limit && *limit <= max_limit) {
      page.limit = static_cast<std::size_t>(*limit);
    } else {
      problems.push_back({"limit", "must be a number from 1 to 200"});
    }
  }
  if (const auto text = request.query_value("cursor")) {
    const auto after = core::parse_id(*text);
    if (after) {
      page.after = *after;
    } else {
      problems.push_back({"cursor", "is not a cursor of this list"});
    }
  }
  if (!problems.empty()) return core::Error(errors::request_invalid, std::move(problems));
  return page;
}

}  // namespace netherlink::gateway
