#pragma once

#include <soci/soci.h>

#include <string>
#include <vector>

#include "store/sql/change.hpp"
#include "store/sql/database.hpp"

namespace netherlink::store::sql::vpn_rows {

using sql::change;

/// One change more is wanted of this cell.
inline void touch(const Database& database, soci::session& session, const std::string& cell) {
  const std::string now(database.now_ms());
  change(session,
         "UPDATE vpn_cells SET wanted = wanted + 1, behind_since = CASE WHEN behind_since = 0 THEN " + now +
             " ELSE behind_since END WHERE cell = :cell",
         cell);
}

/// The first column of a query without parameters.
inline std::vector<std::string> texts(soci::session& session, const std::string& query) {
  std::vector<std::string> found;
  std::string value;
  soci::statement statement = (session.prepare << query, soci::into(value));
  statement.execute(false);
  while (statement.fetch()) found.push_back(value);
  return found;
}

}  // namespace netherlink::store::sql::vpn_rows
