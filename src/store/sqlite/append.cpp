#include "store/sqlite/append.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <bit>

#include "netherlink/log/log.hpp"

namespace netherlink::store::sqlite {
namespace {

using core::result;
using Conversation = im::AppendBatch::Conversation;

constexpr const char* fence_sql = "UPDATE partition_owner SET last_id = ? WHERE partition_number = ? AND epoch = ?";
constexpr const char* find_key_sql = "SELECT id FROM conversations WHERE conversation_id = ?";
constexpr const char* insert_key_sql =
    "INSERT INTO conversations (conversation_id, partition_number, last_seq, revision, updated_at) VALUES (?, ?, 0, 0, "
    "0) "
    "RETURNING id";
constexpr const char* insert_sql =
    "INSERT INTO messages (message_id, conversation, seq, sender_id, client_msg_id, client_key, kind, status, "
    "revision, "
    "reply_to, sent_at, edited_at, mentions, extra, content, signature) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, "
    "?, ?, ?) "
    "ON CONFLICT (conversation, client_key) DO NOTHING";
constexpr const char* find_stored_sql =
    "SELECT message_id, seq, sent_at, sender_id, client_msg_id FROM messages WHERE conversation = ? AND client_key = ?";
constexpr const char* move_head_sql =
    "UPDATE conversations SET last_seq = ?, updated_at = ? WHERE id = ? AND last_seq = ?";
constexpr const char* find_marks_sql =
    "SELECT read_seq, delivered_seq FROM marks WHERE conversation = ? AND user_id = ?";
constexpr const char* store_marks_sql =
    "INSERT INTO marks (conversation, user_id, read_seq, delivered_seq) VALUES (?, ?, ?, ?) "
    "ON CONFLICT (conversation, user_id) DO UPDATE SET read_seq = excluded.read_seq, delivered_seq = "
    "excluded.delivered_seq";

}  // namespace

result<void> AppendTransaction::run(Connection& connection) {
  connection_ = &connection;
  if (!fence()) {
    fenced_ = true;
    return errors::server_unavailable;
  }
  outcomes_.resize(batch_.conversations.size());
  for (const auto i : insertion_order()) {
    if (!append(batch_.conversations[i], outcomes_[i])) {
      log::warn("the owner of a conversation has a stale head", {{"conversation", batch_.conversations[i].id}});
      return errors::server_unavailable;
    }
  }
  return {};
}

std::vector<std::size_t> AppendTransaction::insertion_order() const {
  std::vector<std::pair<im::MessageId, std::size_t>> order;
  order.reserve(batch_.conversations.size());
  for (std::size_t i = 0; i < batch_.conversations.size(); ++i) {
    const auto& messages = batch_.conversations[i].messages;
    order.emplace_back(messages.empty() ? 0 : messages.front().id, i);
  }
  std::ranges::sort(order);
  std::vector<std::size_t> indices;
  indices.reserve(order.size());
  for (const auto& [id, index] : order) indices.push_back(index);
  return indices;
}

bool AppendTransaction::fence() {
  auto& update = connection_->statement(fence_sql);
  return std::ranges::all_of(batch_.leases, [&](const im::PartitionLease& lease) {
    return update.bind(1, lease.last_id)
               .bind(2, static_cast<std::int64_t>(lease.partition))
               .bind(3, lease.epoch)
               .run() > 0;
  });
}

bool AppendTransaction::append(const Conversation& conversation, Outcome& outcome) {
  outcome.head = conversation.head;
  outcome.key = key_of(conversation, !conversation.messages.empty());
  try {
    insert_messages(conversation, outcome);
  } catch (const Failure& failure) {
    if ((failure.code() & 0xff) == SQLITE_CONSTRAINT) return false;  // the seq is taken
    throw;
  }
  if (outcome.head.last_seq > conversation.head.last_seq && !move_head(conversation, outcome)) return false;
  if (!conversation.changes.empty() && !write_changes(conversation, outcome)) return false;
  raise_marks(conversation, outcome);
  raise_senders(outcome);
  return true;
}

std::int64_t AppendTransaction::key_of(const Conversation& conversation, bool create) {
  if (const auto key = keys_.find(conversation.id)) return *key;
  std::int64_t key = 0;
  auto& find = connection_->statement(find_key_sql).bind(1, conversation.id);
  while (find.step()) key = find.integer(0);
  if (key == 0 && create) {
    auto& insert = connection_->statement(insert_key_sql)
                       .bind(1, conversation.id)
                       .bind(2, static_cast<std::int64_t>(conversation.partition));
    while (insert.step()) key = insert.integer(0);
  }
  if (key != 0) new_keys_.emplace_back(conversation.id, key);
  return key;
}

void AppendTransaction::insert_messages(const Conversation& conversation, Outcome& outcome) {
  outcome.stored.reserve(conversation.messages.size());
  for (const auto& message : conversation.messages) {
    const auto& stored = outcome.stored.emplace_back(insert(message, outcome.key, outcome.head.last_seq + 1));
    if (stored.duplicate) continue;
    outcome.note_new(message, stored.seq);
  }
}

AppendTransaction::Stored AppendTransaction::insert(const im::Message& message, std::int64_t key, im::Seq seq) {
  const std::string mentions = sql::join_ids(message.mentions), signature = sql::join_signature(message.signature);
  auto client_key = client_keys_.of(message.sender_id, message.client_msg_id);
  auto& insert = connection_->statement(insert_sql);
  insert.bind(1, message.id)
      .bind(2, key)
      .bind(3, seq)
      .bind(4, message.sender_id)
      .bind(5, message.client_msg_id)
      .bind(7, static_cast<std::int64_t>(message.kind))
      .bind(8, static_cast<std::int64_t>(message.status))
      .bind(9, message.revision)
      .bind(10, message.reply_to)
      .bind(11, message.sent_at)
      .bind(12, message.edited_at)
      .bind(13, mentions)
      .bind(14, message.extra)
      .bind(15, message.content)
      .bind(16, signature);
  while (insert.bind(6, client_key).run() == 0) {
    if (const auto stored = find_stored(message, key, client_key)) return *stored;
    // Taken by another message: the next number, as whoever looks for this one will find out too.
    client_key = std::bit_cast<std::int64_t>(std::bit_cast<std::uint64_t>(client_key) + 1);
  }
  return {message.id, seq, message.sent_at, false};
}

std::optional<AppendTransaction::Stored> AppendTransaction::find_stored(const im::Message& message, std::int64_t key,
                                                                        std::int64_t client_key) {
  std::optional<Stored> stored;
  auto& find = connection_->statement(find_stored_sql).bind(1, key).bind(2, client_key);
  while (find.step()) {
    const bool same = find.integer(3) == message.sender_id && find.text(4) == message.client_msg_id;
    if (same) stored = Stored{find.integer(0), find.integer(1), find.integer(2), true};
  }
  return stored;
}

bool AppendTransaction::move_head(const Conversation& conversation, const Outcome& outcome) {
  return connection_->statement(move_head_sql)
             .bind(1, outcome.head.last_seq)
             .bind(2, outcome.head.updated_at)
             .bind(3, outcome.key)
             .bind(4, conversation.head.last_seq)
             .run() > 0;
}

void AppendTransaction::raise_marks(const Conversation& conversation, Outcome& outcome) {
  outcome.raise_marks(
      conversation, [&](im::UserId user) { return outcome.key != 0 ? stored_marks(outcome.key, user) : im::Marks(); },
      [&](im::UserId user, im::Marks marks) { store_marks(outcome.key, user, marks); });
}

void AppendTransaction::raise_senders(const Outcome& outcome) {
  // A message that is new lies beyond every mark.
  for (const auto& [user, seq] : outcome.senders) store_marks(outcome.key, user, {seq, seq});
}

im::Marks AppendTransaction::stored_marks(std::int64_t key, im::UserId user) {
  im::Marks marks;
  auto& find = connection_->statement(find_marks_sql).bind(1, key).bind(2, user);
  while (find.step()) marks = {find.integer(0), find.integer(1)};
  return marks;
}

void AppendTransaction::store_marks(std::int64_t key, im::UserId user, im::Marks marks) {
  connection_->statement(store_marks_sql)
      .bind(1, key)
      .bind(2, user)
      .bind(3, marks.read_seq)
      .bind(4, marks.delivered_seq)
      .run();
}

void AppendTransaction::publish() {
  for (const auto& [conversation_id, key] : new_keys_) keys_.insert(conversation_id, key);
  for (std::size_t i = 0; i < outcomes_.size(); ++i) outcomes_[i].publish(batch_.conversations[i]);
}

}  // namespace netherlink::store::sqlite
