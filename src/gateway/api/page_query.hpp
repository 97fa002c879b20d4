#pragma once

#include "gateway/http/message.hpp"
#include "netherlink/core/result.hpp"

namespace netherlink::gateway {

/// `limit` (1-200) and `cursor` of a list that is ordered by id. after: 0, or the id that the cursor stands for.
struct PageQuery {
  std::size_t limit = 50;
  std::int64_t after = 0;
};

/// request.invalid with every problem.
core::result<PageQuery> read_page_query(const Request& request);

}  // namespace netherlink::gateway
