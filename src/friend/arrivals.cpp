#include "friend/arrivals.hpp"

#include <algorithm>
#include <utility>

namespace netherlink::friends {
namespace {

constexpr std::size_t at_once = 200;  // people of a batch: one read of the store, one push

}  // namespace

void Arrivals::connected(UserId user) {
  const std::lock_guard lock(mutex_);
  Here& here = here_[user];
  if (here.sockets++ != 0 || here.entered) return;
  coming_.push_back(user);
  changed_.notify_one();
}

void Arrivals::disconnected(UserId user) {
  const std::lock_guard lock(mutex_);
  const auto found = here_.find(user);
  if (found == here_.end() || found->second.sockets == 0 || --found->second.sockets != 0) return;
  found->second.left_at = Clock::now();
  if (std::exchange(found->second.leaving, true)) return;
  leaving_.push_back({user, found->second.left_at + grace_});
  changed_.notify_one();
}

void Arrivals::look_again(UserId user) {
  const std::lock_guard lock(mutex_);
  look_again_.insert(user);
  changed_.notify_one();
}

void Arrivals::moved(UserId user) {
  const std::lock_guard lock(mutex_);
  moved_.insert(user);
  changed_.notify_one();
}

void Arrivals::stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  changed_.notify_one();
}

bool Arrivals::anything_due(Clock::time_point now) const {
  return !coming_.empty() || !look_again_.empty() || !moved_.empty() ||
         (!leaving_.empty() && leaving_.front().at <= now);
}

std::optional<Arrivals::Batch> Arrivals::wait(Clock::time_point until) {
  std::unique_lock lock(mutex_);
  while (!stopped_) {
    const auto now = Clock::now();
    if (now >= until || anything_due(now)) return take(now);
    changed_.wait_until(lock, leaving_.empty() ? until : std::min(until, leaving_.front().at));
  }
  return std::nullopt;
}

Arrivals::Batch Arrivals::take(Clock::time_point now) {
  Batch batch;
  take_coming(batch);
  take_leaving(batch, now);
  take_some(look_again_, batch.look_again);
  take_some(moved_, batch.moved);
  return batch;
}

void Arrivals::take_some(std::unordered_set<UserId>& from, std::vector<UserId>& to) {
  while (!from.empty() && to.size() < at_once) to.push_back(from.extract(from.begin()).value());
}

void Arrivals::take_coming(Batch& batch) {
  const auto count = static_cast<std::ptrdiff_t>(std::min(at_once, coming_.size()));
  for (auto at = coming_.begin(); at != coming_.begin() + count; ++at) {
    // Somebody may stand here twice, or have been here for less than a moment: then they come, and go after the grace
    // like everybody.
    const auto here = here_.find(*at);
    if (here != here_.end() && !std::exchange(here->second.entered, true)) batch.came.push_back(*at);
  }
  coming_.erase(coming_.begin(), coming_.begin() + count);
}

void Arrivals::take_leaving(Batch& batch, Clock::time_point now) {
  while (!leaving_.empty() && leaving_.front().at <= now && batch.went.size() < at_once) {
    const UserId user = leaving_.front().user;
    const auto here = here_.find(user);
    if (!here->second.entered) return;  // still in the queue of those who come
    leaving_.pop_front();
    if (here->second.sockets != 0) {
      here->second.leaving = false;
    } else if (const auto at = here->second.left_at + grace_; at > now) {
      leaving_.push_back({user, at});  // was back meanwhile
    } else {
      here_.erase(here);
      batch.went.push_back(user);
    }
  }
}

std::vector<UserId> Arrivals::here(std::span<const UserId> users) {
  std::vector<UserId> found;
  const std::lock_guard lock(mutex_);
  for (const UserId user : users) {
    if (here_.contains(user)) found.push_back(user);
  }
  return found;
}

std::vector<UserId> Arrivals::present() {
  std::vector<UserId> users;
  const std::lock_guard lock(mutex_);
  for (const auto& [user, here] : here_) {
    if (here.entered) users.push_back(user);
  }
  return users;
}

}  // namespace netherlink::friends
