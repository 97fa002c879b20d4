#pragma once

#include <span>

#include "im/access.hpp"
#include "im/message_reader.hpp"
#include "netherlink/im/service.hpp"

namespace netherlink::im {

/// M10, M11: what was said, for those who may read it. Blocks. Thread-safe.
class History {
 public:
  History(ConversationAccess& access, MessageStore& store, MessageReader& reader)
      : access_(access), store_(store), reader_(reader) {}

  core::result<HistoryPage> page(UserId user, const ConversationId& id, std::optional<Seq> before,
                                 std::optional<Seq> after, std::size_t limit);
  /// Answers each request; what one of them may not see is its own error.
  core::result<std::vector<SyncItem>> sync(UserId user, std::span<const SyncRequest> requests, std::size_t limit);
  core::result<Message> find(UserId user, MessageId id);
  core::result<Message> find_sent(UserId user, const ConversationId& id, UserId sender, std::string_view client_msg_id);
  core::result<Receipts> receipts(UserId user, MessageId id, UserId after, std::size_t limit);
  /// The newest over all conversations, newest first.
  core::result<std::vector<Message>> newest(UserId user, std::size_t limit);

 private:
  core::result<SyncItem> sync_one(UserId user, const SyncRequest& request, std::size_t limit);
  struct Readable {
    Head head;
    Seq first = 1;  // that the user may see
  };
  core::result<Readable> readable(UserId user, const ConversationId& id);
  core::result<void> add_updates(UserId user, const SyncRequest& request, const Readable& readable, std::size_t limit,
                                 SyncItem& item);

  ConversationAccess& access_;
  MessageStore& store_;
  MessageReader& reader_;
};

}  // namespace netherlink::im
