// Publishing keys, and handing them out.
#include "store/sql/e2e_keys.hpp"

#include <algorithm>
#include <map>

#include "store/sql/change.hpp"
#include "store/sql/e2e_rows.hpp"
#include "store/sql/id_list.hpp"
#include "store/sql/numbers.hpp"
#include "store/sql/user_lock.hpp"

namespace netherlink::store::sql {
namespace {

using core::result;
using e2e::Device;
using e2e::DeviceId;
using e2e::KeyRepository;
using e2e::SignedKey;
using e2e_rows::Row;

// One-time keys that were handed out are remembered that long: no device keeps the private halves of so many.
constexpr std::int64_t remembered_keys = 5000;

/// Nobody ends the session before this transaction does. False: it is over.
bool lock_session(soci::session& session, const Device& device) {
  const auto id = static_cast<long long>(device.session_id), user = static_cast<long long>(device.user_id),
             now = static_cast<long long>(core::now_ms());
  return change(session,
                "UPDATE sessions SET last_seen_at = last_seen_at + 1 WHERE id = :id AND user_id = :user AND "
                "revoked_at = 0 AND expires_at > :now",
                id, user, now) > 0;
}

/// Nobody else changes anything of the device, or hands out a key of it, before this transaction does.
bool lock_device(soci::session& session, DeviceId device) {
  return change(session, "UPDATE e2e_devices SET touched = touched + 1 WHERE id = " + std::to_string(device)) > 0;
}

void insert(soci::session& session, const Device& device) {
  const auto id = static_cast<long long>(device.id), user = static_cast<long long>(device.user_id),
             owner = static_cast<long long>(device.session_id), now = static_cast<long long>(device.created_at);
  const auto& keys = device.keys;
  change(session,
         "INSERT INTO e2e_devices (id, user_id, session_id, identity_key, signing_key, signature, pre_key_id, pre_key, "
         "pre_key_signature, pre_key_used, published, touched, created_at, updated_at) VALUES (:id, :user, :session, "
         ":identity, :signing, :signature, :pre_id, :pre_key, :pre_signature, 0, 0, 0, :created, :updated)",
         id, user, owner, keys.identity_key, keys.signing_key, keys.signature, keys.signed_pre_key.id,
         keys.signed_pre_key.key, keys.signed_pre_key.signature, now, now);
}

/// The keys with these ids that the device ever published, as far as they are remembered.
std::map<std::string, std::string> known_keys(soci::session& session, DeviceId device,
                                              std::span<const SignedKey> keys) {
  std::map<std::string, std::string> known;
  const auto owner = static_cast<long long>(device);
  for (const auto& key : keys) {
    std::string text;
    soci::statement statement =
        (session.prepare << "SELECT key_text FROM e2e_one_time_keys WHERE device_id = :device AND key_id = :id",
         soci::use(owner), soci::use(key.id), soci::into(text));
    if (statement.execute(true)) known.emplace(key.id, text);
  }
  return known;
}

result<void> add_keys(soci::session& session, DeviceId device, std::int64_t published, std::span<const SignedKey> keys,
                      std::size_t most) {
  const auto known = known_keys(session, device, keys);
  const auto fresh = keys.size() - known.size();
  for (const auto& key : keys) {
    const auto found = known.find(key.id);
    if (found != known.end() && found->second != key.key) return errors::e2e_key_id_taken;
  }
  if (fresh == 0) return {};
  if (e2e_rows::waiting_keys(session, device) + fresh > most) return errors::e2e_too_many_keys;
  const auto owner = static_cast<long long>(device);
  auto position = static_cast<long long>(published);
  for (const auto& key : keys) {
    if (known.contains(key.id)) continue;
    ++position;
    change(session,
           "INSERT INTO e2e_one_time_keys (device_id, key_id, key_text, signature, position, claimed) VALUES (:device, "
           ":id, :key, :signature, :position, 0)",
           owner, key.id, key.key, key.signature, position);
  }
  change(session, "UPDATE e2e_devices SET published = :published WHERE id = :id", position, owner);
  const auto oldest = position - remembered_keys;
  change(session, "DELETE FROM e2e_one_time_keys WHERE device_id = :device AND claimed = 1 AND position <= :oldest",
         owner, oldest);
  return {};
}

/// Another signed pre-key takes the place of the one before.
result<void> renew(soci::session& session, const Row& row, const Device& device) {
  const auto &before = row.device.keys.signed_pre_key, &after = device.keys.signed_pre_key;
  if (before.id == after.id && before.key != after.key) return errors::e2e_key_id_taken;
  if (before.id == after.id) return {};
  const auto id = static_cast<long long>(row.device.id), now = static_cast<long long>(device.updated_at);
  change(session,
         "UPDATE e2e_devices SET pre_key_id = :pre_id, pre_key = :pre_key, pre_key_signature = :signature, "
         "pre_key_used = 0, updated_at = :now WHERE id = :id",
         after.id, after.key, after.signature, now, id);
  return {};
}

/// The device of this session, whatever its keys were; its old one gives way if they are others.
result<Row> take_place(const Database& database, soci::session& session, const Device& device, std::size_t most,
                       bool& list_changed) {
  auto own = e2e_rows::select(session, "d.user_id = " + std::to_string(device.user_id));
  const auto same = std::ranges::find(own, device.session_id, [](const Row& row) { return row.device.session_id; });
  const auto& keys = device.keys;
  if (same != own.end()) {
    const auto& before = same->device.keys;
    if (before.identity_key == keys.identity_key && before.signing_key == keys.signing_key) {
      lock_device(session, same->device.id);
      if (auto renewed = renew(session, *same, device); !renewed) return renewed.error();
      return *same;
    }
    lock_device(session, same->device.id);
    e2e_rows::erase(session, same->device.id);
  } else if (own.size() >= most) {
    return errors::e2e_too_many_devices;
  }
  insert(session, device);
  e2e_rows::raise_version(database, session, device.user_id);
  list_changed = true;
  return Row{device, false, 0};
}

std::optional<e2e::OwnDevice> read_own(soci::session& session, const std::string& where) {
  auto rows = e2e_rows::select(session, where);
  if (rows.empty()) return std::nullopt;
  auto& [device, pre_key_used, published] = rows.front();
  const auto keys = e2e_rows::waiting_keys(session, device.id);
  const auto version = e2e_rows::version_of(session, device.user_id);
  return e2e::OwnDevice{std::move(device), keys, pre_key_used, version};
}

std::optional<SignedKey> take_key(soci::session& session, DeviceId device) {
  SignedKey key;
  const auto owner = static_cast<long long>(device);
  soci::statement select = (session.prepare << "SELECT key_id, key_text, signature FROM e2e_one_time_keys WHERE "
                                               "device_id = :device AND claimed = 0 ORDER BY position LIMIT 1",
                            soci::use(owner), soci::into(key.id), soci::into(key.key), soci::into(key.signature));
  if (!select.execute(true)) return std::nullopt;
  change(session, "UPDATE e2e_one_time_keys SET claimed = 1 WHERE device_id = :device AND key_id = :id", owner, key.id);
  return key;
}

KeyRepository::Claimed take(soci::session& session, const KeyRepository::Wanted& wanted, const Row& row) {
  KeyRepository::Claimed claimed;
  auto& bundle = claimed.bundle.emplace();
  bundle.device = row.device;
  if (wanted.one_time) {
    bundle.one_time_key = take_key(session, wanted.device_id);
    claimed.left = bundle.one_time_key ? e2e_rows::waiting_keys(session, wanted.device_id) : 0;
  }
  // Whoever was refused one-time keys says nothing about how many there are.
  if (!wanted.one_time || bundle.one_time_key || row.pre_key_used) return claimed;
  change(session, "UPDATE e2e_devices SET pre_key_used = 1 WHERE id = " + std::to_string(wanted.device_id));
  claimed.pre_key_first_used = true;
  return claimed;
}

}  // namespace

result<KeyRepository::Published> E2eKeys::publish(const Device& device, std::span<const SignedKey> one_time_keys,
                                                  const Limits& limits) {
  Published published;
  auto done = database_.write([&](soci::session& session) -> result<void> {
    published = {};
    if (!lock_user(session, device.user_id) || !lock_session(session, device)) return errors::auth_session_revoked;
    const auto row = take_place(database_, session, device, limits.devices, published.list_changed);
    if (!row) return row.error();
    auto added = add_keys(session, row->device.id, row->published, one_time_keys, limits.one_time_keys);
    if (!added) return added.error();
    auto own = read_own(session, "d.id = " + std::to_string(row->device.id));
    if (!own) return errors::auth_session_revoked;
    published.own = std::move(*own);
    return {};
  });
  if (!done) return done.error();
  return published;
}

result<std::optional<e2e::OwnDevice>> E2eKeys::own(e2e::SessionId id) {
  std::optional<e2e::OwnDevice> found;
  auto done = database_.read([&](soci::session& session) -> result<void> {
    found = read_own(session, "d.session_id = " + std::to_string(id));
    return {};
  });
  if (!done) return done.error();
  return found;
}

result<std::vector<KeyRepository::Claimed>> E2eKeys::claim(std::span<const Wanted> wanted) {
  std::vector<Claimed> claimed(wanted.size());
  if (wanted.empty()) return claimed;
  std::vector<DeviceId> ids;
  for (const auto& one : wanted) ids.push_back(one.device_id);
  std::ranges::sort(ids);
  auto done = database_.write([&](soci::session& session) -> result<void> {
    claimed.assign(wanted.size(), {});
    for (const auto id : ids) lock_device(session, id);
    std::map<DeviceId, Row> rows;
    for (auto& row : e2e_rows::select(session, "d.id IN (" + id_list(ids) + ")")) {
      const auto id = row.device.id;
      rows.emplace(id, std::move(row));
    }
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      const auto found = rows.find(wanted[i].device_id);
      if (found == rows.end() || found->second.device.user_id != wanted[i].user_id) continue;
      claimed[i] = take(session, wanted[i], found->second);
    }
    return {};
  });
  if (!done) return done.error();
  return claimed;
}

}  // namespace netherlink::store::sql
