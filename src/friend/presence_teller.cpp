#include "friend/presence_teller.hpp"

#include <unordered_set>

#include "netherlink/cache/presence.hpp"
#include "netherlink/log/log.hpp"

namespace netherlink::friends {
namespace {

constexpr std::size_t at_once = 200;  // people of one read of the store and one push

template <class Use>
void in_pieces(std::span<const UserId> users, const Use& use) {
  while (!users.empty()) {
    const auto piece = users.first(std::min(at_once, users.size()));
    use(piece);
    users = users.subspan(piece.size());
  }
}

}  // namespace

void PresenceTeller::tell(std::span<const UserId> users, bool online) {
  if (!users.empty()) events_.came_or_went(users);
  in_pieces(users, [&](std::span<const UserId> piece) {
    note_seen(piece);
    const bool done = announce(piece, online);
    const auto at = Clock::now() + confirm_after_;
    for (const UserId user : piece) {
      told_[user] = {done ? std::optional(online) : std::nullopt, at};
      due_.emplace_back(at, user);
    }
  });
}

void PresenceTeller::note_seen(std::span<const UserId> users) {
  const Timestamp now = core::now_ms();
  in_pieces(users, [&](std::span<const UserId> piece) {
    std::vector<ContactRepository::Seen> seen;
    for (const UserId user : piece) seen.push_back({user, now});
    const auto noted = contacts_.note_seen(seen);
    if (!noted) log::warn("last seen not written", {{"users", piece.size()}, {"reason", noted.error().code().name}});
  });
}

/// False: the store does not say to whom.
bool PresenceTeller::announce(std::span<const UserId> users, bool online) {
  auto audiences = contacts_.audiences(users);
  if (!audiences) return false;
  std::vector<PresenceChange> changes;
  const Timestamp now = core::now_ms();
  auto rooms = online ? rooms_of(users) : std::unordered_map<UserId, std::int64_t>();
  for (const UserId user : users) {
    auto& audience = (*audiences)[user];
    if (!audience.shows_presence) continue;
    changes.push_back({user, online, now, rooms[user], std::move(audience.friends)});
  }
  if (!changes.empty()) events_.presence_changed(changes);
  return true;
}

std::unordered_map<UserId, std::int64_t> PresenceTeller::rooms_of(std::span<const UserId> users) {
  if (whereabouts_ == nullptr) return {};
  return whereabouts_->rooms_of(users);
}

void PresenceTeller::show(std::span<const UserId> users) {
  auto audiences = contacts_.audiences(users);
  const auto seen = contacts_.last_seen(users);
  if (!audiences || !seen) return log::warn("visibility not told", {{"users", users.size()}});
  const auto online = presence_.online(users);
  const std::unordered_set<UserId> there(online.begin(), online.end());
  std::unordered_map<UserId, Timestamp> seen_at;
  for (const auto& one : *seen) seen_at[one.user] = one.at;
  auto rooms = rooms_of(online);
  std::vector<PresenceChange> changes;
  const Timestamp now = core::now_ms();
  for (const UserId user : users) {
    auto& audience = (*audiences)[user];
    PresenceChange change{user, audience.shows_presence && there.contains(user), 0, 0, std::move(audience.friends)};
    if (change.online) change.room_id = rooms[user];
    if (audience.shows_presence) change.last_seen = change.online ? now : seen_at[user];
    changes.push_back(std::move(change));
  }
  events_.presence_changed(changes);
}

void PresenceTeller::tell_where(std::span<const UserId> users) {
  const auto online = presence_.online(users);
  if (!online.empty()) announce(online, true);
}

void PresenceTeller::confirm(Clock::time_point now) {
  std::vector<std::pair<UserId, Told>> due;
  std::vector<UserId> users;
  for (; !due_.empty() && due_.front().first <= now; due_.pop_front()) {
    const auto told = told_.find(due_.front().second);
    if (told == told_.end() || told->second.look_again > now) continue;  // something newer was told
    due.emplace_back(*told);
    users.push_back(told->first);
    told_.erase(told);
  }
  if (due.empty()) return;
  const auto online = presence_.online(users);
  const std::unordered_set<UserId> there(online.begin(), online.end());
  std::vector<UserId> came, went;
  for (const auto& [user, told] : due) {
    const bool is_there = there.contains(user);
    if (told.online != is_there) (is_there ? came : went).push_back(user);
  }
  tell(came, true);
  tell(went, false);
}

Clock::time_point PresenceTeller::due() const {
  return due_.empty() ? Clock::time_point::max() : due_.front().first;
}

}  // namespace netherlink::friends
