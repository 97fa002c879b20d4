#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace netherlink::store::sql {

/// Which number stands for which conversation: those used last, bounded. Not thread-safe.
class ConversationKeys {
 public:
  /// Holds at most `capacity` entries, at least half of them the ones used last.
  explicit ConversationKeys(std::size_t capacity) : half_(capacity / 2) {}

  std::optional<std::int64_t> find(std::string_view conversation_id);
  void insert(std::string_view conversation_id, std::int64_t key);
  void clear();

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  using Map = std::unordered_map<std::string, std::int64_t, Hash, std::equal_to<>>;

  const std::size_t half_;
  Map recent_, older_;
};

}  // namespace netherlink::store::sql
