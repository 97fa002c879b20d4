#include "cache/memory/hot_messages.hpp"

#include <cassert>

namespace netherlink::cache {
namespace {

// What an entry costs beside its bytes: control block, deque slot. An estimate, to keep the bound honest.
constexpr std::size_t entry_overhead = 64;
constexpr std::size_t conversation_overhead = 1024;

std::size_t cost(const EntryBytes& bytes) {
  return bytes->size() + entry_overhead;
}

}  // namespace

MemoryHotMessages::Conversation& MemoryHotMessages::touch(std::string_view id) {
  if (const auto found = index_.find(id); found != index_.end()) {
    order_.splice(order_.begin(), order_, found->second);
    return order_.front();
  }
  order_.push_front(Conversation{std::string(id), 0, {}});
  index_.emplace(order_.front().id, order_.begin());
  bytes_ += conversation_overhead;
  return order_.front();
}

void MemoryHotMessages::drop_front(Conversation& conversation) {
  bytes_ -= cost(conversation.entries.front());
  conversation.entries.pop_front();
  ++conversation.first;
}

void MemoryHotMessages::evict() {
  while (bytes_ > max_bytes_ && !order_.empty()) {
    auto& oldest = order_.back();
    while (!oldest.entries.empty()) drop_front(oldest);
    index_.erase(oldest.id);
    order_.pop_back();
    bytes_ -= conversation_overhead;
  }
}

void MemoryHotMessages::append(std::string_view id, std::span<const HotEntry> run) {
  if (run.empty()) return;
  std::lock_guard lock(mutex_);
  auto& conversation = touch(id);
  const auto next = conversation.first + static_cast<core::Seq>(conversation.entries.size());
  if (conversation.entries.empty() || run.front().seq != next) {
    while (!conversation.entries.empty()) drop_front(conversation);
    conversation.first = run.front().seq;
  }
  for (const auto& entry : run) {
    bytes_ += cost(entry.bytes);
    conversation.entries.push_back(entry.bytes);
    if (conversation.entries.size() > per_conversation_) drop_front(conversation);
  }
  evict();
}

std::optional<std::vector<HotEntry>> MemoryHotMessages::range(std::string_view id, core::Seq from, core::Seq to) {
  assert(from <= to);
  std::lock_guard lock(mutex_);
  const auto found = index_.find(id);
  if (found == index_.end()) return std::nullopt;
  const auto& conversation = touch(id);
  const auto end = conversation.first + static_cast<core::Seq>(conversation.entries.size());
  if (from < conversation.first || to >= end) return std::nullopt;
  std::vector<HotEntry> entries;
  entries.reserve(static_cast<std::size_t>(to - from + 1));
  for (auto seq = from; seq <= to; ++seq) {
    entries.push_back({seq, conversation.entries[static_cast<std::size_t>(seq - conversation.first)]});
  }
  return entries;
}

void MemoryHotMessages::replace(std::string_view id, core::Seq seq, EntryBytes bytes) {
  std::lock_guard lock(mutex_);
  const auto found = index_.find(id);
  if (found == index_.end()) return;
  auto& conversation = *found->second;
  const auto end = conversation.first + static_cast<core::Seq>(conversation.entries.size());
  if (seq < conversation.first || seq >= end) return;
  auto& slot = conversation.entries[static_cast<std::size_t>(seq - conversation.first)];
  bytes_ += cost(bytes);
  bytes_ -= cost(slot);
  slot = std::move(bytes);
  evict();
}

void MemoryHotMessages::forget(std::string_view id) {
  std::lock_guard lock(mutex_);
  const auto found = index_.find(id);
  if (found == index_.end()) return;
  const auto position = found->second;
  while (!position->entries.empty()) drop_front(*position);
  index_.erase(found);
  order_.erase(position);
  bytes_ -= conversation_overhead;
}

}  // namespace netherlink::cache
