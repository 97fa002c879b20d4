#pragma once

#include <soci/soci.h>

#include <cstdint>
#include <string>
#include <vector>

namespace netherlink::store::sql {

/// The one column of a query whose parameters are numbers and stand in it.
inline std::vector<std::int64_t> numbers(soci::session& session, const std::string& query) {
  std::vector<std::int64_t> found;
  long long value = 0;
  soci::statement statement = (session.prepare << query, soci::into(value));
  statement.execute(false);
  while (statement.fetch()) found.push_back(value);
  return found;
}

/// Of a query that answers one row.
inline std::int64_t number(soci::session& session, const std::string& query) {
  const auto found = numbers(session, query);
  return found.empty() ? 0 : found.front();
}

}  // namespace netherlink::store::sql
