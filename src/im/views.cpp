#include "im/views.hpp"

#include <algorithm>
#include <unordered_map>

namespace netherlink::im {

core::result<void> add_quotes(MessageStore& store, std::span<Message> messages) {
  std::vector<MessageId> wanted;
  for (const auto& message : messages) {
    const bool shown = message.status != MessageStatus::recalled && message.status != MessageStatus::deleted;
    if (message.reply_to != 0 && shown && !message.quote) wanted.push_back(message.reply_to);
  }
  if (wanted.empty()) return {};
  std::ranges::sort(wanted);
  wanted.erase(std::unique(wanted.begin(), wanted.end()), wanted.end());
  const auto found = store.find_all(wanted);
  if (!found) return found.error();
  std::unordered_map<MessageId, const Message*> by_id;
  for (const auto& message : *found) by_id.emplace(message.id, &message);
  for (auto& message : messages) {
    const auto quoted = by_id.find(message.reply_to);
    if (quoted != by_id.end() && quoted->second->conversation_id == message.conversation_id && !message.quote) {
      message.quote = quote_of(*quoted->second);
    }
  }
  return {};
}

core::result<void> complete_for(UserId reader, MessageStore& store, std::span<Message> messages) {
  if (auto quoted = add_quotes(store, messages); !quoted) return quoted;
  std::vector<MessageId> marked;
  for (const auto& message : messages) {
    if (count_marks(message) != 0) marked.push_back(message.id);
  }
  if (marked.empty()) return {};
  const auto marks = store.personal_marks(marked, reader);
  if (!marks) return marks.error();
  if (marks->empty()) return {};
  for (auto& message : messages) {
    if (count_marks(message) != 0) message = seen_by(reader, std::move(message), *marks);
  }
  return {};
}

}  // namespace netherlink::im
