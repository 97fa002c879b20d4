#include "bus/rabbitmq/spread.hpp"

#include <algorithm>

namespace netherlink::bus::rabbitmq {
namespace {

using namespace std::chrono_literals;

constexpr auto announce_every = 2s;
constexpr auto gone_after = 7s;
constexpr auto answers_take = 300ms;
constexpr auto longest_wait = 2s;  // for our own announcement
constexpr char hello = 'H', here = 'A', bye = 'L';

std::uint64_t score(std::string_view instance, std::size_t partition) {
  std::uint64_t hash = 0xcbf29ce484222325U ^ (partition * 0x9e3779b97f4a7c15U);
  for (const char c : instance) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  hash = (hash ^ hash >> 30) * 0xbf58476d1ce4e5b9U;
  hash = (hash ^ hash >> 27) * 0x94d049bb133111ebU;
  return hash ^ hash >> 31;
}

}  // namespace

Spread::Spread(std::string instance, std::size_t partitions, std::function<void(std::string)> send)
    : instance_(std::move(instance)), send_(std::move(send)), owners_(partitions, instance_) {}

void Spread::listen() {
  std::lock_guard lock(mutex_);
  listening_ = true;
}

void Spread::join(Clock::time_point now) {
  std::lock_guard lock(mutex_);
  if (joined_) return;
  joined_ = true;
  echoed_ = false;
  joined_at_ = now;
  announced_at_ = now;
  announce(hello);
}

void Spread::leave() {
  std::lock_guard lock(mutex_);
  if (!std::exchange(joined_, false)) return;
  announce(bye);
}

void Spread::announce(char kind) {
  send_(kind + instance_);
}

void Spread::received(std::string_view announcement, Clock::time_point now) {
  if (announcement.empty()) return;
  const auto kind = announcement[0];
  const auto name = announcement.substr(1);
  std::lock_guard lock(mutex_);
  if (name == instance_) {
    if (joined_ && !std::exchange(echoed_, true)) echoed_at_ = now;
    return;
  }
  const bool known = seen_.contains(name);
  if (joined_ && (kind == hello || (kind == here && !known))) announce(here);
  if (kind != bye) {
    seen_.insert_or_assign(std::string(name), now);
  } else if (known) {
    seen_.erase(seen_.find(name));
  }
  if (known != (kind != bye)) recompute(now);
}

void Spread::tick(Clock::time_point now) {
  std::lock_guard lock(mutex_);
  if (joined_ && now >= announced_at_ + announce_every) {
    announced_at_ = now;
    announce(here);
  }
  const auto gone = std::erase_if(seen_, [&](const auto& other) { return other.second + gone_after < now; });
  if (gone > 0) recompute(now);
}

// Rendezvous hashing with a bound: each partition goes to the replica that scores highest for it and is not full yet.
void Spread::recompute(Clock::time_point now) {
  std::vector<std::pair<std::string, std::size_t>> members{{instance_, 0}};
  for (const auto& [name, when] : seen_) members.emplace_back(name, 0);
  const auto share = (owners_.size() + members.size() - 1) / members.size();
  auto before = owners_;
  for (std::size_t partition = 0; partition < owners_.size(); ++partition) {
    std::pair<std::string, std::size_t>* best = nullptr;
    for (auto& member : members) {
      if (member.second >= share) continue;
      const auto rank = [&](const auto& m) { return std::pair(score(m.first, partition), std::string_view(m.first)); };
      if (best == nullptr || rank(member) > rank(*best)) best = &member;
    }
    ++best->second;
    owners_[partition] = best->first;
  }
  if (owners_ != before) changed_at_ = now;
}

bool Spread::ready(Clock::time_point now) const {
  std::lock_guard lock(mutex_);
  if (!listening_) return joined_;
  return joined_ && ((echoed_ && now >= echoed_at_ + answers_take) || now >= joined_at_ + longest_wait);
}

std::string Spread::owner(std::size_t partition) const {
  std::lock_guard lock(mutex_);
  return owners_[partition];
}

Clock::time_point Spread::changed_at() const {
  std::lock_guard lock(mutex_);
  return changed_at_;
}

}  // namespace netherlink::bus::rabbitmq
