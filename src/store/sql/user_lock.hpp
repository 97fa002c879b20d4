#pragma once

#include <soci/soci.h>

#include "netherlink/core/ids.hpp"

namespace netherlink::store::sql {

/// Until the end of the transaction nobody else gets past this for the same person, and the account is not deleted.
/// False: it is no more. To come before the transaction reads anything (what it reads then is what others committed);
/// of several people in the order of their ids.
inline bool lock_user(soci::session& session, core::UserId user) {
  const auto id = static_cast<long long>(user);
  soci::statement update =
      (session.prepare << "UPDATE users SET relations = relations + 1 WHERE id = :id AND deleted_at = 0",
       soci::use(id));
  update.execute(true);
  return update.get_affected_rows() > 0;
}

}  // namespace netherlink::store::sql
