#include "vpn/key_maker.hpp"

#include "netherlink/log/log.hpp"
#include "vpn/instruments.hpp"
#include "vpn/policy.hpp"

namespace netherlink::vpn {
namespace {

using core::result;

constexpr std::size_t most_people = 10'000;  // then all are forgotten
constexpr int attempts = 2;                  // the second without what was remembered
constexpr std::chrono::milliseconds retry_after{1000};

}  // namespace

void KeyMaker::remember(UserId user, std::int64_t id) {
  const std::lock_guard lock(mutex_);
  if (people_.size() >= most_people) people_.clear();
  people_[user] = id;
}

void KeyMaker::forget(UserId user) {
  const std::lock_guard lock(mutex_);
  people_.erase(user);
}

void KeyMaker::forget_people() {
  const std::lock_guard lock(mutex_);
  people_.clear();
}

result<std::int64_t> KeyMaker::control_user(UserId user) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto found = people_.find(user); found != people_.end()) return found->second;
  }
  const auto name = control_name(user);
  const auto found = control_.find_user(name);
  if (!found) return found.error();
  if (*found) {
    remember(user, (*found)->id);
    return (*found)->id;
  }
  const auto created = control_.create_user(name);
  if (created) {
    remember(user, created->id);
    return created->id;
  }
  // Another replica may have been faster.
  const auto again = control_.find_user(name);
  if (!again) return again.error();
  if (!*again) return created.error();
  remember(user, (*again)->id);
  return (*again)->id;
}

result<Control::Key> KeyMaker::make_key(UserId user, std::int64_t& owner) {
  const auto expires_at = core::now_ms() + std::chrono::milliseconds(options_.key_ttl).count();
  for (int attempt = 0; attempt < attempts; ++attempt) {
    const auto id = control_user(user);
    if (!id) return id.error();
    auto key = control_.create_key(*id, expires_at);
    if (key && key->user == control_name(user)) {
      owner = *id;
      return key;
    }
    // The person was removed there, or the number is somebody else's in a new database.
    forget(user);
    if (key) {
      log::warn("a key would have been somebody else's", {{"cell", cell_.name}, {"user_id", user}});
      (void)control_.delete_key(key->id);
    } else if (!key.error().is(errors::resource_not_found)) {
      return key.error();
    }
  }
  return core::Error(errors::vpn_unavailable, retry_after);
}

result<void> KeyMaker::expect_closed_policy() {
  const auto policy = control_.policy();
  if (!policy) return policy.error();
  if (*policy && is_closed(**policy)) return {};
  log::warn("no keys while the virtual LAN is open", {{"cell", cell_.name}});
  (void)repository_.distrust(cell_.name);
  return core::Error(errors::vpn_unavailable, retry_after);
}

result<KeyMaker::Made> KeyMaker::make(UserId user, SessionId session, const std::string& device, bool handed) {
  std::int64_t owner = 0;
  const auto key = make_key(user, owner);
  if (!key) return key.error();
  // Behind the key: a database that is lost from here on takes the key along.
  if (auto closed = expect_closed_policy(); !closed) {
    (void)control_.delete_key(key->id);
    return closed.error();
  }
  const auto now = core::now_ms();
  const Node node{.cell = cell_.name,
                  .key_id = key->id,
                  .user_id = user,
                  .device = device,
                  .session_id = session,
                  .control_user = owner,
                  .node_id = 0,
                  .address = {},
                  .online = false,
                  .issued_at = now,
                  .handed_at = handed ? now : 0,
                  .expires_at = key->expires_at,
                  .removed_at = 0};
  if (auto added = repository_.add(node, options_.max_devices); !added) {
    (void)control_.delete_key(key->id);
    return added.error();
  }
  keys_issued().add();
  return Made{.access = {.status = Status::ready,
                         .control_url = cell_.control_url,
                         .pre_auth_key = key->key,
                         .expires_at = key->expires_at},
              .key_id = key->id};
}

}  // namespace netherlink::vpn
