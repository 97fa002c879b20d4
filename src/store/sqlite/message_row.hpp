#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "netherlink/im/types.hpp"
#include "store/sqlite/statement.hpp"

namespace netherlink::store::sqlite {

/// The columns that read_message() expects of a SELECT over messages AS m, conversations AS c.
#define NETHERLINK_MESSAGE_COLUMNS                                                                                  \
  "m.message_id, c.conversation_id, m.seq, m.revision, m.sender_id, m.client_msg_id, m.kind, m.status, m.content, " \
  "m.extra, m.reply_to, m.mentions, m.sent_at, m.edited_at"

im::Message read_message(const Statement& row);

/// Decimal ids with commas between: how the column `mentions` holds them.
std::string join_ids(const std::vector<im::UserId>& ids);
std::vector<im::UserId> split_ids(std::string_view text);

}  // namespace netherlink::store::sqlite
