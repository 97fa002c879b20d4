#include "store/sql/e2e_rows.hpp"

#include "store/sql/change.hpp"
#include "store/sql/numbers.hpp"

namespace netherlink::store::sql::e2e_rows {

std::string alive() {
  std::string condition("EXISTS (SELECT 1 FROM sessions s WHERE s.id = d.session_id AND s.revoked_at = 0 AND ");
  return condition.append("s.expires_at > ").append(std::to_string(core::now_ms())).append(")");
}

std::vector<Row> select(soci::session& session, const std::string& where) {
  std::vector<Row> found;
  Row row;
  auto& device = row.device;
  auto& keys = device.keys;
  long long id = 0, user = 0, owner = 0, published = 0, created_at = 0, updated_at = 0;
  int pre_key_used = 0;
  soci::statement statement =
      (session.prepare << "SELECT d.id, d.user_id, d.session_id, d.identity_key, d.signing_key, d.signature, "
                          "d.pre_key_id, d.pre_key, d.pre_key_signature, d.pre_key_used, d.published, d.created_at, "
                          "d.updated_at FROM e2e_devices d WHERE "
                       << where << " AND " << alive() << " ORDER BY d.id",
       soci::into(id), soci::into(user), soci::into(owner), soci::into(keys.identity_key), soci::into(keys.signing_key),
       soci::into(keys.signature), soci::into(keys.signed_pre_key.id), soci::into(keys.signed_pre_key.key),
       soci::into(keys.signed_pre_key.signature), soci::into(pre_key_used), soci::into(published),
       soci::into(created_at), soci::into(updated_at));
  statement.execute(false);
  while (statement.fetch()) {
    device.id = id;
    device.user_id = user;
    device.session_id = owner;
    device.created_at = created_at;
    device.updated_at = updated_at;
    row.pre_key_used = pre_key_used != 0;
    row.published = published;
    found.push_back(row);
  }
  return found;
}

std::int64_t version_of(soci::session& session, e2e::UserId user) {
  return number(session, "SELECT version FROM e2e_lists WHERE user_id = " + std::to_string(user));
}

std::int64_t raise_version(const Database& database, soci::session& session, e2e::UserId user) {
  const auto own = std::to_string(user);
  std::string insert(database.insert_or_ignore());
  insert.append(" e2e_lists (user_id, version) VALUES (").append(own).append(", 0)");
  change(session, insert);
  change(session, "UPDATE e2e_lists SET version = version + 1 WHERE user_id = " + own);
  return version_of(session, user);
}

void erase(soci::session& session, e2e::DeviceId device) {
  const auto id = std::to_string(device);
  change(session, "DELETE FROM e2e_devices WHERE id = " + id);
  change(session, "DELETE FROM e2e_one_time_keys WHERE device_id = " + id);
}

std::size_t waiting_keys(soci::session& session, e2e::DeviceId device) {
  return static_cast<std::size_t>(number(
      session, "SELECT COUNT(*) FROM e2e_one_time_keys WHERE claimed = 0 AND device_id = " + std::to_string(device)));
}

}  // namespace netherlink::store::sql::e2e_rows
