#include "netherlink/e2e/service.hpp"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "e2e/checks.hpp"
#include "netherlink/log/log.hpp"
#include "netherlink/metrics/metrics.hpp"

namespace netherlink::e2e {
namespace {

constexpr std::size_t swept_at_once = 5000;

void count_claim(const KeyRepository::Claimed& claimed) {
  static auto& one_time =
      metrics::counter("netherlink_e2e_keys_claimed_total", "Pre-keys handed out", {{"kind", "one_time"}});
  static auto& signed_pre_key =
      metrics::counter("netherlink_e2e_keys_claimed_total", "Pre-keys handed out", {{"kind", "signed"}});
  if (!claimed.bundle) return;
  (claimed.bundle->one_time_key ? one_time : signed_pre_key).add();
}

core::result<void> check_targets(std::span<const KeyService::Target> targets, std::size_t most) {
  std::vector<core::FieldError> problems;
  if (targets.empty() || targets.size() > most) problems.push_back({"devices", "1 to " + std::to_string(most)});
  std::unordered_set<DeviceId> seen;
  for (std::size_t i = 0; i < targets.size() && problems.empty(); ++i) {
    if (!seen.insert(targets[i].device_id).second) {
      problems.push_back({"devices[" + std::to_string(i) + "]", "is there twice"});
    }
  }
  if (!problems.empty()) return core::Error(errors::request_invalid, std::move(problems));
  return {};
}

}  // namespace

KeyService::KeyService(const Options& options, KeyRepository& keys, KeyEvents& events,
                       friends::ContactRepository& contacts, cache::RateLimiter& limiter, id::Generator& ids)
    : options_(options), keys_(keys), events_(events), contacts_(contacts), limiter_(limiter), ids_(ids) {}

std::optional<std::chrono::milliseconds> KeyService::take_keys(std::string_view what, UserId user, std::size_t count) {
  if (!options_.limited) return std::nullopt;
  return limiter_.take(std::string(what).append(std::to_string(user)), options_.claims, static_cast<double>(count));
}

core::result<OwnDevice> KeyService::publish(const Publication& publication) {
  // Checking signatures costs more than anything else that a person can ask for.
  const auto wait = take_keys("e2e_publish:", publication.user_id, publication.one_time_keys.size() + 1);
  if (wait) return core::Error(errors::request_rate_limited, *wait);
  if (auto fine = check_keys(publication, options_.one_time_keys); !fine) return fine.error();
  const auto id = ids_.next();
  if (!id) return id.error();
  Device device;
  device.id = *id;
  device.user_id = publication.user_id;
  device.session_id = publication.session_id;
  device.keys = publication.keys;
  device.created_at = device.updated_at = core::now_ms();
  auto published = keys_.publish(device, publication.one_time_keys, {options_.max_devices, options_.one_time_keys});
  if (!published) return published.error();
  if (published->list_changed) {
    const KeyRepository::Removal change{publication.user_id, published->own.version};
    tell(std::span(&change, 1));
  }
  return std::move(published->own);
}

core::result<OwnDevice> KeyService::own(SessionId session) {
  auto found = keys_.own(session);
  if (!found) return found.error();
  if (!*found) return errors::resource_not_found;
  return std::move(**found);
}

core::result<void> KeyService::withdraw(SessionId session) {
  const auto removed = keys_.remove_sessions(std::span(&session, 1));
  if (!removed) return removed.error();
  tell(*removed);
  return {};
}

core::result<DeviceList> KeyService::devices(UserId caller, UserId user) {
  const auto refused = refusals(caller, std::span(&user, 1));
  if (!refused) return refused.error();
  if (refused->front()) return *refused->front();
  return keys_.devices(user);
}

core::result<std::vector<std::optional<core::Error>>> KeyService::refusals(UserId caller,
                                                                           std::span<const UserId> users) {
  const auto standings = contacts_.standings(caller, users);
  if (!standings) return standings.error();
  std::vector<std::optional<core::Error>> refused;
  std::vector<UserId> unreachable;  // by direct messages
  for (const auto& standing : *standings) {
    const bool own = standing.target == caller;
    auto& why = refused.emplace_back();
    if (!standing.exists) {
      why = errors::user_not_found;
    } else if (!own && !standing.reachable()) {
      why = errors::user_not_reachable;
      if (!standing.blocked) unreachable.push_back(standing.target);
    }
  }
  if (unreachable.empty()) return refused;
  const auto together = keys_.companions(caller, unreachable);
  if (!together) return together.error();
  for (std::size_t i = 0; i < users.size(); ++i) {
    if (std::ranges::find(*together, users[i]) != together->end()) refused[i].reset();
  }
  return refused;
}

/// One person cannot use up the keys of a device: then the signed pre-key is all that they get.
bool KeyService::spare_keys_of(UserId caller, const Target& target) {
  if (!options_.limited || caller == target.user_id) return false;
  std::string key("e2e_claim_device:");
  key.append(std::to_string(caller)).append(":").append(std::to_string(target.device_id));
  return limiter_.take(key, options_.claims_of_device).has_value();
}

core::result<std::vector<core::result<Bundle>>> KeyService::claim(UserId caller, std::span<const Target> targets) {
  if (auto fine = check_targets(targets, options_.claim_devices); !fine) return fine.error();
  const auto wait = take_keys("e2e_claim:", caller, targets.size());
  if (wait) return core::Error(errors::request_rate_limited, *wait);
  std::vector<UserId> users;
  for (const auto& target : targets) users.push_back(target.user_id);
  const auto refused = refusals(caller, users);
  if (!refused) return refused.error();

  std::vector<KeyRepository::Wanted> wanted;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    if ((*refused)[i]) continue;
    wanted.push_back({targets[i].user_id, targets[i].device_id, !spare_keys_of(caller, targets[i])});
  }
  auto claimed = keys_.claim(wanted);
  if (!claimed) return claimed.error();

  std::vector<core::result<Bundle>> answers;
  std::vector<KeyEvents::Shortage> shortages;
  auto next = claimed->begin();
  for (std::size_t i = 0; i < targets.size(); ++i) {
    if ((*refused)[i]) {
      answers.emplace_back(*(*refused)[i]);
      continue;
    }
    auto& one = *next++;
    count_claim(one);
    const bool crossed = one.bundle && one.bundle->one_time_key && one.left + 1 == options_.low_keys;
    if (crossed || one.pre_key_first_used) {
      shortages.push_back({targets[i].user_id, targets[i].device_id, one.left, one.pre_key_first_used});
    }
    if (one.bundle) {
      answers.emplace_back(std::move(*one.bundle));
    } else {
      answers.emplace_back(errors::resource_not_found);
    }
  }
  if (!shortages.empty()) events_.keys_low(shortages);
  return answers;
}

void KeyService::tell(std::span<const KeyRepository::Removal> changes) {
  for (const auto& change : changes) {
    auto circle = keys_.circle(change.user_id, options_.told_people);
    if (!circle) log::warn("change of devices told to its owner alone", {{"user_id", change.user_id}});
    KeyEvents::ListChange told{change.user_id, change.version, {change.user_id}};
    if (circle) told.told.insert(told.told.end(), circle->begin(), circle->end());
    events_.devices_changed(told);
  }
}

void KeyService::sessions_ended(std::span<const SessionId> sessions) {
  const auto removed = keys_.remove_sessions(sessions);
  if (!removed) return log::warn("devices of ended sessions not removed yet", {{"sessions", sessions.size()}});
  tell(*removed);
}

core::result<void> KeyService::forget(UserId user) {
  return keys_.remove_user(user);
}

void KeyService::housekeeping() {
  const auto swept = keys_.remove_ended(swept_, swept_at_once);
  if (!swept) return log::warn("devices of ended sessions not looked for", {{"reason", swept.error().detail()}});
  swept_ = swept->last;
  tell(swept->removed);
}

}  // namespace netherlink::e2e
