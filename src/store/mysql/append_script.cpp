#include <algorithm>
#include <utility>

#include "store/mysql/append.hpp"

namespace netherlink::store::mysql {
namespace {

constexpr std::size_t rows_per_statement = 500, bytes_per_statement = 512 * 1024;

// Each value costs the server as much as a row of an index: what most messages do not have is not written.
constexpr std::string_view insert_plain_messages =
    "INSERT INTO messages (message_id, conversation, seq, sender_id, client_key, sent_at, client_msg_id, content) "
    "VALUES ";
constexpr std::string_view insert_messages =
    "INSERT INTO messages (message_id, conversation, seq, sender_id, client_key, sent_at, client_msg_id, content, "
    "kind, "
    "status, revision, reply_to, edited_at, mentions, extra, signature) VALUES ";
constexpr std::string_view insert_new_heads =
    "INSERT INTO conversations (id, conversation_id, partition_number, last_seq, previous_seq, updated_at) VALUES ";
constexpr std::string_view insert_heads = "INSERT INTO conversations (id, last_seq, previous_seq, updated_at) VALUES ";
// Refused, by an overflow, where the owner believes in another head than this.
constexpr std::string_view move_heads =
    " ON DUPLICATE KEY UPDATE last_seq = VALUES(last_seq) + IF(last_seq = VALUES(previous_seq), 0, "
    "9223372036854775807), previous_seq = VALUES(previous_seq), updated_at = VALUES(updated_at)";
constexpr std::string_view insert_sender_marks = "INSERT INTO marks (conversation, user_id, read_seq) VALUES ";
constexpr std::string_view raise_sender_marks =
    " ON DUPLICATE KEY UPDATE read_seq = GREATEST(read_seq, VALUES(read_seq))";
constexpr std::string_view insert_marks = "INSERT INTO marks (conversation, user_id, read_seq, delivered_seq) VALUES ";
constexpr std::string_view raise_marks =
    " ON DUPLICATE KEY UPDATE read_seq = GREATEST(read_seq, VALUES(read_seq)), "
    "delivered_seq = GREATEST(delivered_seq, VALUES(delivered_seq))";

/// Rows of one INSERT, which is ended and begun again when it is long enough.
class Rows {
 public:
  Rows(Script& script, std::string_view begin, std::string_view end = {}) : script_(script), begin_(begin), end_(end) {}

  /// The text of the next row goes behind this. `ended` is called when a statement was finished before.
  template <class Ended>
  Script& next(const Ended& ended) {
    if (rows_ == rows_per_statement || (rows_ > 0 && script_.size() - from_ > bytes_per_statement)) finish(ended);
    if (rows_++ == 0) {
      from_ = script_.size();
      script_ << begin_;
    } else {
      script_ << ",";
    }
    return script_;
  }
  template <class Ended>
  void finish(const Ended& ended) {
    if (rows_ == 0) return;
    script_ << end_;
    script_.end_statement();
    rows_ = 0;
    ended();
  }

 private:
  Script& script_;
  std::string_view begin_, end_;
  std::size_t rows_ = 0, from_ = 0;
};

constexpr auto nothing = [] {};

bool is_plain(const im::Message& message) {
  return message.kind == im::MessageKind::text && message.status == im::MessageStatus::normal &&
         message.revision == 0 && message.reply_to == 0 && message.edited_at == 0 && message.mentions.empty() &&
         message.extra.empty() && !message.signature;
}

}  // namespace

void ShardAppend::write_script(End end) {
  script_ = {};
  script_ << "START TRANSACTION";
  script_.end_statement();
  write_fence();
  read_marks();
  write_messages();
  write_heads();
  for (const auto& item : items_) {
    if (!item.conversation->changes.empty()) write_changes(item);
  }
  write_marks();
  if (end == End::leave_open) return;
  script_ << "COMMIT";
  script_.end_statement();
}

/// Ends the script with an error (a number beyond the largest) unless `condition` holds, so that nothing behind it is
/// done.
void ShardAppend::guard(std::string_view condition) {
  script_ << "SELECT 9223372036854775807 + IF(" << condition << ", 0, 1)";
}

void ShardAppend::write_fence() {
  std::ranges::sort(leases_, {}, &im::PartitionLease::partition);
  SqlText owned;
  for (const auto* lease : leases_) {
    const auto partition = static_cast<std::int64_t>(lease->partition);
    script_ << "UPDATE partition_owner SET last_id = " << lease->last_id << " WHERE partition_number = " << partition
            << " AND epoch = " << lease->epoch;
    script_.end_statement();
    owned << (owned.size() == 0 ? "" : " OR ") << "(partition_number = " << partition << " AND epoch = " << lease->epoch
          << ")";
  }
  guard("COUNT(*) = " + std::to_string(leases_.size()));
  script_ << " FROM partition_owner WHERE " << (leases_.empty() ? "FALSE" : std::string_view(owned.text()));
  fence_guard_ = script_.end_statement();
}

void ShardAppend::read_marks() {
  marks_before_.clear();
  bool any = false;
  for (const auto& item : items_) {
    if (item.conversation->marks.empty() || item.outcome.key == 0 || item.is_new) continue;
    script_ << (any ? " OR " : "SELECT conversation, user_id, read_seq, delivered_seq FROM marks WHERE ")
            << "(conversation = " << item.outcome.key << " AND user_id IN (";
    const char* separator = "";
    for (const auto& mark : item.conversation->marks) {
      script_ << separator << mark.user_id;
      separator = ",";
    }
    script_ << "))";
    any = true;
  }
  if (!any) return;
  script_.end_statement([this](const Row& row) {
    marks_before_[{row.integer(0), row.integer(1)}] = stored_marks(row.integer(2), row.integer(3));
  });
}

void ShardAppend::write_messages() {
  write_messages(insert_plain_messages, true);
  write_messages(insert_messages, false);
  first_head_ = script_.statements();
}

void ShardAppend::write_messages(std::string_view insert, bool plain) {
  Rows rows(script_, insert);
  for (const auto& item : items_) {
    for (std::size_t m = 0; m < item.outcome.stored.size(); ++m) {
      if (item.outcome.stored[m].duplicate || is_plain(item.conversation->messages[m]) != plain) continue;
      rows.next(nothing);
      write_message(item, m, plain);
    }
  }
  rows.finish(nothing);
}

void ShardAppend::write_message(const Item& item, std::size_t index, bool plain) {
  const auto& message = item.conversation->messages[index];
  script_ << "(" << message.id << "," << item.outcome.key << "," << item.outcome.stored[index].seq << ","
          << message.sender_id << "," << item.client_keys[index] << "," << message.sent_at << ",";
  script_.quoted(message.client_msg_id) << ",";
  script_.quoted(message.content);
  if (!plain) {
    script_ << "," << static_cast<std::int64_t>(message.kind) << "," << static_cast<std::int64_t>(message.status) << ","
            << message.revision << "," << message.reply_to << "," << message.edited_at << ",'"
            << sql::join_ids(message.mentions) << "',";
    script_.quoted(message.extra) << ",";
    script_.quoted(sql::join_signature(message.signature));
  }
  script_ << ")";
}

void ShardAppend::write_heads() {
  std::int64_t changed = 0;
  Rows added(script_, insert_new_heads);
  for (const auto& item : items_) {
    if (!item.is_new) continue;
    const auto& conversation = *item.conversation;
    added.next(nothing) << "(" << item.outcome.key << ",";
    script_.quoted(conversation.id) << "," << static_cast<std::int64_t>(conversation.partition) << ","
                                    << item.outcome.head.last_seq << ",0," << item.outcome.head.updated_at << ")";
  }
  added.finish(nothing);

  Rows moved(script_, insert_heads, move_heads);
  // One that is not there would be inserted, and count as one row; those that are there and change count as two.
  const auto check = [&] {
    guard("ROW_COUNT() = " + std::to_string(2 * std::exchange(changed, 0)));
    script_.end_statement();
  };
  for (const auto& item : items_) {
    const auto before = item.conversation->head.last_seq;
    if (item.is_new || item.outcome.head.last_seq == before) continue;
    moved.next(check) << "(" << item.outcome.key << "," << item.outcome.head.last_seq << "," << before << ","
                      << item.outcome.head.updated_at << ")";
    ++changed;
  }
  moved.finish(check);
}

void ShardAppend::write_marks() {
  Rows asked(script_, insert_marks, raise_marks);
  for (const auto& item : items_) {
    for (const auto& mark : item.conversation->marks) {
      const auto wanted = sql::clamp(mark.marks, item.outcome.head.last_seq);
      if (wanted == im::Marks()) continue;
      asked.next(nothing) << "(" << item.outcome.key << "," << mark.user_id << "," << wanted.read_seq << ","
                          << wanted.delivered_seq << ")";
    }
  }
  asked.finish(nothing);

  Rows senders(script_, insert_sender_marks, raise_sender_marks);
  for (const auto& item : items_) {
    for (const auto& [user, seq] : item.outcome.senders) {
      senders.next(nothing) << "(" << item.outcome.key << "," << user << "," << seq << ")";
    }
  }
  senders.finish(nothing);
}

}  // namespace netherlink::store::mysql
