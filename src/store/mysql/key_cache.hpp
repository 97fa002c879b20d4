#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string_view>

#include "store/sql/conversation_keys.hpp"

namespace netherlink::store::mysql {

/// Which number stands for which conversation: once given, for ever. Thread-safe.
class KeyCache {
 public:
  std::optional<std::int64_t> find(std::string_view conversation_id) {
    const std::lock_guard lock(mutex_);
    return keys_.find(conversation_id);
  }
  void insert(std::string_view conversation_id, std::int64_t key) {
    const std::lock_guard lock(mutex_);
    keys_.insert(conversation_id, key);
  }
  void clear() {
    const std::lock_guard lock(mutex_);
    keys_.clear();
  }

 private:
  static constexpr std::size_t capacity = 50'000;

  std::mutex mutex_;
  sql::ConversationKeys keys_{capacity};
};

}  // namespace netherlink::store::mysql
