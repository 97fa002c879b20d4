#pragma once

#include <deque>
#include <list>
#include <mutex>
#include <string>
#include <unordered_map>

#include "netherlink/cache/cache.hpp"

namespace netherlink::cache {

/// See cache::HotMessages. One lock: an operation is a hash lookup and a few pointer copies.
class MemoryHotMessages final : public HotMessages {
 public:
  MemoryHotMessages(std::size_t per_conversation, std::size_t max_bytes)
      : per_conversation_(per_conversation), max_bytes_(max_bytes) {}

  void append(std::string_view conversation, std::span<const HotEntry> run) override;
  std::optional<std::vector<HotEntry>> range(std::string_view conversation, core::Seq from, core::Seq to) override;
  void replace(std::string_view conversation, core::Seq seq, EntryBytes bytes) override;
  void forget(std::string_view conversation) override;

 private:
  struct Conversation {
    std::string id;
    core::Seq first = 0;  // of entries.front(); the rest follow without a hole
    std::deque<EntryBytes> entries;
  };
  using Order = std::list<Conversation>;  // used last first

  Conversation& touch(std::string_view id);
  void drop_front(Conversation& conversation);
  void evict();

  const std::size_t per_conversation_, max_bytes_;
  std::mutex mutex_;
  Order order_;
  std::unordered_map<std::string_view, Order::iterator> index_;  // keys point into order_
  std::size_t bytes_ = 0;
};

}  // namespace netherlink::cache
