#include "store/sql/conversation_keys.hpp"

#include <utility>

namespace netherlink::store::sql {

std::optional<std::int64_t> ConversationKeys::find(std::string_view conversation_id) {
  if (const auto found = recent_.find(conversation_id); found != recent_.end()) return found->second;
  const auto found = older_.find(conversation_id);
  if (found == older_.end()) return std::nullopt;
  const auto key = found->second;
  insert(conversation_id, key);
  return key;
}

void ConversationKeys::insert(std::string_view conversation_id, std::int64_t key) {
  if (recent_.size() >= half_) older_ = std::exchange(recent_, {});
  recent_.emplace(conversation_id, key);
}

void ConversationKeys::clear() {
  recent_.clear();
  older_.clear();
}

}  // namespace netherlink::store::sql
