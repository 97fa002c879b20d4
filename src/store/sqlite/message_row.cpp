#include "store/sqlite/message_row.hpp"

#include <charconv>

namespace netherlink::store::sqlite {
namespace {

using im::MessageKind;
using im::MessageStatus;

// The numbers are in the database: they stay what they are.
static_assert(static_cast<int>(MessageKind::text) == 0 && static_cast<int>(MessageKind::image) == 1 &&
              static_cast<int>(MessageKind::file) == 2 && static_cast<int>(MessageKind::emoji) == 3 &&
              static_cast<int>(MessageKind::custom) == 4 && static_cast<int>(MessageKind::encrypted) == 5 &&
              static_cast<int>(MessageKind::system) == 6);
static_assert(static_cast<int>(MessageStatus::normal) == 0 && static_cast<int>(MessageStatus::edited) == 1 &&
              static_cast<int>(MessageStatus::recalled) == 2 && static_cast<int>(MessageStatus::deleted) == 3);

}  // namespace

im::Message read_message(const Statement& row) {
  im::Message message;
  message.id = row.integer(0);
  message.conversation_id = row.text(1);
  message.seq = row.integer(2);
  message.revision = row.integer(3);
  message.sender_id = row.integer(4);
  message.client_msg_id = row.text(5);
  message.kind = static_cast<MessageKind>(row.integer(6));
  message.status = static_cast<MessageStatus>(row.integer(7));
  message.content = row.text(8);
  message.extra = row.text(9);
  message.reply_to = row.integer(10);
  message.mentions = split_ids(row.text(11));
  message.sent_at = row.integer(12);
  message.edited_at = row.integer(13);
  return message;
}

std::string join_ids(const std::vector<im::UserId>& ids) {
  std::string text;
  for (const auto id : ids) {
    if (!text.empty()) text += ',';
    text += std::to_string(id);
  }
  return text;
}

std::vector<im::UserId> split_ids(std::string_view text) {
  std::vector<im::UserId> ids;
  const char* const end = text.data() + text.size();
  for (const char* at = text.data(); at < end; ++at) {
    im::UserId id = 0;
    const auto parsed = std::from_chars(at, end, id);
    if (parsed.ec != std::errc()) break;
    ids.push_back(id);
    at = parsed.ptr;
  }
  return ids;
}

}  // namespace netherlink::store::sqlite
