#include "store/sql/sessions.hpp"

#include <soci/soci.h>

#include "store/sql/id_list.hpp"

namespace netherlink::store::sql {
namespace {

using core::result;
using user::Session;
using user::SessionId;
using user::Timestamp;
using user::UserId;

constexpr std::string_view select_session =
    "SELECT id, user_id, device_id, device_name, device_platform, created_at, last_seen_at, expires_at, "
    "refresh_generation, revoked_at FROM sessions WHERE ";

/// Runs a SELECT that begins with select_session. Everything it compares with is a number and stands in `where`.
std::vector<Session> select(soci::session& session, const std::string& where) {
  std::vector<Session> found;
  Session row;
  long long id = 0, user_id = 0, created_at = 0, last_seen_at = 0, expires_at = 0, generation = 0, revoked_at = 0;
  soci::statement statement =
      (session.prepare << std::string(select_session) + where, soci::into(id), soci::into(user_id),
       soci::into(row.device.id), soci::into(row.device.name), soci::into(row.device.platform), soci::into(created_at),
       soci::into(last_seen_at), soci::into(expires_at), soci::into(generation), soci::into(revoked_at));
  statement.execute(false);
  while (statement.fetch()) {
    row.id = id;
    row.user_id = user_id;
    row.created_at = created_at;
    row.last_seen_at = last_seen_at;
    row.expires_at = expires_at;
    row.refresh_generation = generation;
    row.revoked_at = revoked_at;
    found.push_back(row);
  }
  return found;
}

result<std::vector<Session>> read_sessions(Database& database, const std::string& where) {
  std::vector<Session> found;
  auto done = database.read([&](soci::session& session) -> result<void> {
    found = select(session, where);
    return {};
  });
  if (!done) return done.error();
  return found;
}

std::vector<SessionId> ids_of(const std::vector<Session>& sessions) {
  std::vector<SessionId> ids;
  ids.reserve(sessions.size());
  for (const auto& session : sessions) ids.push_back(session.id);
  return ids;
}

}  // namespace

result<void> Sessions::insert(const Session& s) {
  return database_.write([&](soci::session& session) -> result<void> {
    const auto id = static_cast<long long>(s.id), user_id = static_cast<long long>(s.user_id),
               created_at = static_cast<long long>(s.created_at), last_seen_at = static_cast<long long>(s.last_seen_at),
               expires_at = static_cast<long long>(s.expires_at),
               generation = static_cast<long long>(s.refresh_generation),
               revoked_at = static_cast<long long>(s.revoked_at);
    session << "INSERT INTO sessions (id, user_id, device_id, device_name, device_platform, created_at, last_seen_at, "
               "expires_at, refresh_generation, revoked_at) VALUES (:id, :user_id, :device_id, :device_name, "
               ":device_platform, :created_at, :last_seen_at, :expires_at, :refresh_generation, :revoked_at)",
        soci::use(id), soci::use(user_id), soci::use(s.device.id), soci::use(s.device.name),
        soci::use(s.device.platform), soci::use(created_at), soci::use(last_seen_at), soci::use(expires_at),
        soci::use(generation), soci::use(revoked_at);
    return {};
  });
}

result<std::optional<Session>> Sessions::find(SessionId id) {
  auto found = read_sessions(database_, "id = " + std::to_string(id));
  if (!found) return found.error();
  if (found->empty()) return std::optional<Session>();
  return std::optional<Session>(std::move(found->front()));
}

result<std::vector<Session>> Sessions::of_user(UserId id) {
  return read_sessions(database_, "user_id = " + std::to_string(id) + " AND revoked_at = 0 AND expires_at > " +
                                      std::to_string(core::now_ms()) + " ORDER BY created_at DESC, id DESC");
}

result<bool> Sessions::rotate(SessionId id, std::int64_t expected, Timestamp now, Timestamp expires_at) {
  bool rotated = false;
  auto done = database_.write([&](soci::session& session) -> result<void> {
    const auto key = static_cast<long long>(id), generation = static_cast<long long>(expected),
               seen = static_cast<long long>(now), expires = static_cast<long long>(expires_at);
    soci::statement update =
        (session.prepare << "UPDATE sessions SET refresh_generation = refresh_generation + 1, last_seen_at = :now, "
                            "expires_at = :expires_at WHERE id = :id AND refresh_generation = :expected AND "
                            "revoked_at = 0",
         soci::use(seen), soci::use(expires), soci::use(key), soci::use(generation));
    update.execute(true);
    rotated = update.get_affected_rows() > 0;
    return {};
  });
  if (!done) return done.error();
  return rotated;
}

result<std::vector<SessionId>> Sessions::revoke(UserId user, std::span<const SessionId> ids, Timestamp now) {
  std::vector<SessionId> revoked;
  if (ids.empty()) return revoked;
  auto done = database_.write([&](soci::session& session) -> result<void> {
    const auto at = static_cast<long long>(now);
    revoked.clear();
    for_each_id_list(ids, [&](const std::string& list) {
      const auto live =
          ids_of(select(session, "id IN (" + list + ") AND user_id = " + std::to_string(user) + " AND revoked_at = 0"));
      if (live.empty()) return;
      session << "UPDATE sessions SET revoked_at = :now WHERE id IN (" << id_list(live) << ")", soci::use(at);
      revoked.insert(revoked.end(), live.begin(), live.end());
    });
    return {};
  });
  if (!done) return done.error();
  return revoked;
}

result<void> Sessions::touch(std::span<const SessionId> ids, Timestamp now) {
  if (ids.empty()) return {};
  return database_.write([&](soci::session& session) -> result<void> {
    const auto at = static_cast<long long>(now);
    for_each_id_list(ids, [&](const std::string& list) {
      session << "UPDATE sessions SET last_seen_at = :now WHERE last_seen_at < :now2 AND id IN (" << list << ")",
          soci::use(at), soci::use(at);
    });
    return {};
  });
}

result<std::vector<Session>> Sessions::revoked_since(Timestamp since) {
  return read_sessions(database_, "revoked_at > 0 AND revoked_at >= " + std::to_string(since) + " ORDER BY revoked_at");
}

result<void> Sessions::purge(Timestamp expired_before) {
  const std::string where = "expires_at < " + std::to_string(expired_before) + " ORDER BY expires_at LIMIT " +
                            std::to_string(ids_per_statement);
  // Piece by piece, so that no other write waits long.
  for (;;) {
    auto expired = read_sessions(database_, where);
    if (!expired) return expired.error();
    if (expired->empty()) return {};
    const auto ids = ids_of(*expired);
    auto done = database_.write([&](soci::session& session) -> result<void> {
      session << "DELETE FROM sessions WHERE id IN (" << id_list(ids) << ") AND expires_at < "
              << std::to_string(expired_before);
      return {};
    });
    if (!done) return done.error();
  }
}

}  // namespace netherlink::store::sql
