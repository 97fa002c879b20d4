#pragma once

#include "netherlink/core/ids.hpp"
#include "netherlink/mail/types.hpp"
#include "store/sql/change.hpp"

namespace netherlink::store::sql {

/// No code of this topic that was sent for the account works any more.
inline void end_codes(soci::session& session, core::UserId user, mail::Topic topic) {
  const auto id = static_cast<long long>(user), now = static_cast<long long>(core::now_ms());
  const int number = static_cast<int>(topic);
  change(session, "UPDATE email_codes SET used_at = :now WHERE user_id = :id AND topic = :topic AND used_at = 0", now,
         id, number);
}

/// After a change of the password, or of where its codes go.
inline void end_resets(soci::session& session, core::UserId user) {
  end_codes(session, user, mail::Topic::reset);
}

}  // namespace netherlink::store::sql
