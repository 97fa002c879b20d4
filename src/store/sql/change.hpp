#pragma once

#include <soci/soci.h>

#include <string>

namespace netherlink::store::sql {

/// Runs `statement` with its values in the order in which they stand there; the rows that it changed.
template <class... Values>
long long change(soci::session& session, const std::string& statement, const Values&... values) {
  soci::statement prepared(session);
  (prepared.exchange(soci::use(values)), ...);
  prepared.alloc();
  prepared.prepare(statement);
  prepared.define_and_bind();
  prepared.execute(true);
  return prepared.get_affected_rows();
}

}  // namespace netherlink::store::sql
