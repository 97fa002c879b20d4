#pragma once

#include <chrono>
#include <mutex>
#include <string>

#include "im/lru.hpp"
#include "netherlink/im/ports.hpp"

namespace netherlink::im {

/// Which groups are large: what each of their members does is not told to every other. Knows it for a while before it
/// looks again. Thread-safe.
class GroupSizes {
 public:
  /// More members than `large` are many.
  GroupSizes(ConversationRepository& conversations, std::size_t large);

  /// Blocks on the store now and then. While the store cannot tell: as it was, or no.
  bool is_large(const ConversationId& id);

 private:
  using Clock = std::chrono::steady_clock;
  struct Known {
    bool large = false;
    Clock::time_point until;
  };

  ConversationRepository& conversations_;
  const std::int64_t large_;
  std::mutex mutex_;
  Lru<std::string, Known> known_;  // by conversation
};

}  // namespace netherlink::im
