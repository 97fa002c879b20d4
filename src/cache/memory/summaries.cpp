#include "cache/memory/summaries.hpp"

namespace netherlink::cache {
namespace {

// What an entry costs beside key and bytes: list and hash nodes, control block. An estimate, to keep the bound honest.
constexpr std::size_t entry_overhead = 192;

}  // namespace

std::vector<EntryBytes> MemorySummaries::find(std::span<const std::string> keys) {
  const auto now = Clock::now();
  std::vector<EntryBytes> found;
  found.reserve(keys.size());
  std::size_t hits = 0;
  {
    std::lock_guard lock(mutex_);
    for (const auto& key : keys) {
      found.push_back(find_one(key, now));
      if (found.back()) ++hits;
    }
  }
  if (hits > 0) hits_.add(static_cast<double>(hits));
  if (hits < keys.size()) misses_.add(static_cast<double>(keys.size() - hits));
  return found;
}

EntryBytes MemorySummaries::find_one(std::string_view key, Clock::time_point now) {
  const auto found = index_.find(key);
  if (found == index_.end()) return nullptr;
  if (found->second->until <= now) {
    drop(found->second);
    return nullptr;
  }
  order_.splice(order_.begin(), order_, found->second);
  return order_.front().bytes;
}

void MemorySummaries::put(std::string_view key, std::string bytes, std::chrono::milliseconds ttl) {
  const auto now = Clock::now();
  auto entry = std::make_shared<const std::string>(std::move(bytes));
  std::lock_guard lock(mutex_);
  if (const auto found = index_.find(key); found != index_.end()) {
    if (!found->second->bytes && found->second->until > now) return;
  }
  store(key, std::move(entry), now + ttl);
}

void MemorySummaries::forget(std::string_view key) {
  std::lock_guard lock(mutex_);
  store(key, nullptr, Clock::now() + tombstone_ttl);
}

void MemorySummaries::store(std::string_view key, EntryBytes bytes, Clock::time_point until) {
  if (const auto found = index_.find(key); found != index_.end()) drop(found->second);
  bytes_ += key.size() + entry_overhead + (bytes ? bytes->size() : 0);
  order_.push_front({std::string(key), std::move(bytes), until});
  index_.emplace(order_.front().key, order_.begin());
  while (bytes_ > max_bytes_ && !order_.empty()) drop(std::prev(order_.end()));
}

void MemorySummaries::drop(Order::iterator entry) {
  bytes_ -= entry->key.size() + entry_overhead + (entry->bytes ? entry->bytes->size() : 0);
  index_.erase(entry->key);
  order_.erase(entry);
}

}  // namespace netherlink::cache
