#include "store/sqlite/messages.hpp"

#include <algorithm>

#include "store/sql/message_row.hpp"
#include "store/sqlite/append.hpp"

namespace netherlink::store::sqlite {
namespace {

using core::result;

constexpr const char* acquire_sql =
    "INSERT INTO partition_owner (partition_number, epoch, last_id) VALUES (?, 1, 0) "
    "ON CONFLICT (partition_number) DO UPDATE SET epoch = epoch + 1 RETURNING epoch, last_id";
constexpr const char* head_sql = "SELECT last_seq, revision, updated_at FROM conversations WHERE conversation_id = ?";
constexpr const char* marks_sql =
    "SELECT m.read_seq, m.delivered_seq FROM conversations c JOIN marks m ON m.conversation = c.id "
    "WHERE c.conversation_id = ? AND m.user_id = ?";
constexpr const char* range_sql = "SELECT " NETHERLINK_MESSAGE_COLUMNS
                                  " FROM conversations c JOIN messages m ON m.conversation = c.id "
                                  "WHERE c.conversation_id = ? AND m.seq BETWEEN ? AND ? ORDER BY m.seq LIMIT ?";
constexpr const char* newest_sql = "SELECT " NETHERLINK_MESSAGE_COLUMNS
                                   " FROM conversations c JOIN messages m ON m.conversation = c.id "
                                   "WHERE c.conversation_id = ? AND m.seq BETWEEN ? AND ? ORDER BY m.seq DESC LIMIT ?";
constexpr const char* find_sql =
    "SELECT " NETHERLINK_MESSAGE_COLUMNS
    " FROM messages m JOIN conversations c ON c.id = m.conversation WHERE m.message_id = ?";
constexpr const char* find_sent_sql =
    "SELECT " NETHERLINK_MESSAGE_COLUMNS
    " FROM messages m JOIN conversations c ON c.id = m.conversation WHERE c.conversation_id = ? AND m.client_key "
    "BETWEEN ? AND ? AND m.sender_id = ? AND m.client_msg_id = ?";

}  // namespace

result<im::PartitionLease> Messages::acquire(std::size_t partition) {
  im::PartitionLease lease{.partition = partition};
  auto done = database_.write_raw([&](Connection& connection) -> result<void> {
    auto& upsert = connection.statement(acquire_sql).bind(1, static_cast<std::int64_t>(partition));
    while (upsert.step()) {
      lease.epoch = upsert.integer(0);
      lease.last_id = upsert.integer(1);
    }
    return {};
  });
  if (!done) return done.error();
  return lease;
}

result<im::MessageStore::Append> Messages::append(im::AppendBatch& batch) {
  AppendTransaction transaction(keys_, client_keys_, batch);
  auto done = database_.write_raw([&](Connection& connection) { return transaction.run(connection); },
                                  [&] { transaction.publish(); });
  if (done) return Append::committed;
  if (transaction.fenced()) return Append::fenced;
  return done.error();
}

result<std::vector<im::Head>> Messages::heads(std::span<const std::string> conversation_ids) {
  std::vector<im::Head> heads(conversation_ids.size());
  auto done = database_.read_raw([&](Connection& connection) -> result<void> {
    auto& select = connection.statement(head_sql);
    for (std::size_t i = 0; i < heads.size(); ++i) {
      select.bind(1, conversation_ids[i]);
      while (select.step()) heads[i] = {select.integer(0), select.integer(1), select.integer(2)};
    }
    return {};
  });
  if (!done) return done.error();
  return heads;
}

result<std::vector<im::Marks>> Messages::marks(im::UserId user, std::span<const std::string> conversation_ids) {
  std::vector<im::Marks> marks(conversation_ids.size());
  auto done = database_.read_raw([&](Connection& connection) -> result<void> {
    auto& select = connection.statement(marks_sql).bind(2, user);
    for (std::size_t i = 0; i < marks.size(); ++i) {
      select.bind(1, conversation_ids[i]);
      while (select.step()) marks[i] = {select.integer(0), select.integer(1)};
    }
    return {};
  });
  if (!done) return done.error();
  return marks;
}

result<std::vector<im::Message>> Messages::range(std::string_view conversation_id, im::Seq from, im::Seq to,
                                                 std::size_t limit, bool newest_first) {
  std::vector<im::Message> messages;
  auto done = database_.read_raw([&](Connection& connection) -> result<void> {
    auto& select = connection.statement(newest_first ? newest_sql : range_sql)
                       .bind(1, conversation_id)
                       .bind(2, from)
                       .bind(3, to)
                       .bind(4, static_cast<std::int64_t>(limit));
    while (select.step()) messages.push_back(sql::read_message(select));
    return {};
  });
  if (!done) return done.error();
  if (newest_first) std::ranges::reverse(messages);
  return messages;
}

result<std::optional<im::Message>> Messages::find(im::MessageId id) {
  std::optional<im::Message> found;
  auto done = database_.read_raw([&](Connection& connection) -> result<void> {
    auto& select = connection.statement(find_sql).bind(1, id);
    while (select.step()) found = sql::read_message(select);
    return {};
  });
  if (!done) return done.error();
  return found;
}

result<std::optional<im::Message>> Messages::find_sent(std::string_view conversation_id, im::UserId sender,
                                                       std::string_view client_msg_id) {
  std::optional<im::Message> found;
  const auto range = sql::client_key_range(sender, client_msg_id);
  auto done = database_.read_raw([&](Connection& connection) -> result<void> {
    auto& select =
        connection.statement(find_sent_sql).bind(1, conversation_id).bind(2, range.first).bind(3, range.second);
    select.bind(4, sender).bind(5, client_msg_id);
    while (select.step()) found = sql::read_message(select);
    return {};
  });
  if (!done) return done.error();
  return found;
}

}  // namespace netherlink::store::sqlite
