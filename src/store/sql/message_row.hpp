#pragma once

#include "netherlink/im/types.hpp"
#include "store/sql/append_outcome.hpp"

namespace netherlink::store::sql {

/// The columns that read_message() expects of a SELECT over messages AS m, conversations AS c.
#define NETHERLINK_MESSAGE_COLUMNS                                                                                  \
  "m.message_id, c.conversation_id, m.seq, m.revision, m.sender_id, m.client_msg_id, m.kind, m.status, m.content, " \
  "m.extra, m.reply_to, m.mentions, m.sent_at, m.edited_at, m.reactions, m.deletions, m.signature"

/// `row`: integer(column) and text(column), of either engine.
template <class Row>
im::Message read_message(const Row& row) {
  im::Message message;
  message.id = row.integer(0);
  message.conversation_id = row.text(1);
  message.seq = row.integer(2);
  message.revision = row.integer(3);
  message.sender_id = row.integer(4);
  message.client_msg_id = row.text(5);
  message.kind = static_cast<im::MessageKind>(row.integer(6));
  message.status = static_cast<im::MessageStatus>(row.integer(7));
  message.content = row.text(8);
  message.extra = row.text(9);
  message.reply_to = row.integer(10);
  message.mentions = split_ids(row.text(11));
  message.sent_at = row.integer(12);
  message.edited_at = row.integer(13);
  message.reactions = split_reactions(row.text(14));
  message.deletions = row.integer(15);
  message.signature = split_signature(row.text(16));
  return message;
}

}  // namespace netherlink::store::sql
