#include "store/sql/preferences.hpp"

#include <soci/soci.h>

#include "store/sql/user_lock.hpp"

namespace netherlink::store::sql {
namespace {

using core::result;
using Values = user::Preferences;

// The numbers are in the databases: they stay what they are.
static_assert(static_cast<int>(Values::Notifications::all) == 0 &&
              static_cast<int>(Values::Notifications::mentions) == 1 &&
              static_cast<int>(Values::Notifications::none) == 2);

Values select(soci::session& session, user::UserId id) {
  Values values;
  Values::DoNotDisturb dnd;
  int notifications = 0, show_presence = 0, friends_only = 0;
  soci::statement statement =
      (session.prepare << "SELECT notifications, dnd_from, dnd_to, dnd_timezone, show_presence, direct_messages_from "
                          "FROM preferences WHERE user_id = "
                       << id,
       soci::into(notifications), soci::into(dnd.from), soci::into(dnd.to), soci::into(dnd.timezone),
       soci::into(show_presence), soci::into(friends_only));
  if (!statement.execute(true)) return values;
  values.notifications = static_cast<Values::Notifications>(notifications);
  if (!dnd.timezone.empty()) values.dnd = std::move(dnd);
  values.show_presence = show_presence != 0;
  values.friends_only = friends_only != 0;
  return values;
}

void replace(soci::session& session, user::UserId id, const Values& values) {
  const auto dnd = values.dnd.value_or(Values::DoNotDisturb());
  session << "DELETE FROM preferences WHERE user_id = " << id;
  session << "INSERT INTO preferences (user_id, notifications, dnd_from, dnd_to, dnd_timezone, show_presence, "
             "direct_messages_from) VALUES ("
          << id << ", " << static_cast<int>(values.notifications) << ", " << dnd.from << ", " << dnd.to
          << ", :timezone, " << (values.show_presence ? 1 : 0) << ", " << (values.friends_only ? 1 : 0) << ")",
      soci::use(dnd.timezone);
}

}  // namespace

result<Values> Preferences::find(user::UserId id) {
  Values found;
  auto done = database_.read([&](soci::session& session) -> result<void> {
    found = select(session, id);
    return {};
  });
  if (!done) return done.error();
  return found;
}

result<user::PreferenceRepository::Changed> Preferences::change(user::UserId id, const user::PreferenceChange& change) {
  Changed changed;
  auto done = database_.write([&](soci::session& session) -> result<void> {
    if (!lock_user(session, id)) return errors::user_not_found;
    changed.before = changed.after = select(session, id);
    if (change.notifications) changed.after.notifications = *change.notifications;
    if (change.dnd) changed.after.dnd = *change.dnd;
    if (change.show_presence) changed.after.show_presence = *change.show_presence;
    if (change.friends_only) changed.after.friends_only = *change.friends_only;
    if (changed.before != changed.after) replace(session, id, changed.after);
    return {};
  });
  if (!done) return done.error();
  return changed;
}

}  // namespace netherlink::store::sql
