#include "store/sqlite/append.hpp"

namespace netherlink::store::sqlite {
namespace {

constexpr const char* update_sql =
    "UPDATE messages SET content = ?, extra = ?, mentions = ?, status = ?, revision = ?, edited_at = ?, reactions = ?, "
    "deletions = ?, signature = ? WHERE message_id = ? AND conversation = ?";
constexpr const char* move_revision_sql = "UPDATE conversations SET revision = ? WHERE id = ? AND revision = ?";
constexpr const char* keep_sql =
    "INSERT INTO replaced_contents (message_id, revision, replaced_at, content) VALUES (?, ?, ?, ?)";
constexpr const char* set_sql = "INSERT INTO personal_marks (message_id, user_id, emoji) VALUES (?, ?, ?)";
constexpr const char* clear_sql = "DELETE FROM personal_marks WHERE message_id = ? AND user_id = ? AND emoji = ?";
constexpr const char* clear_reactions_sql = "DELETE FROM personal_marks WHERE message_id = ? AND emoji <> ''";
constexpr const char* word_sql =
    "INSERT OR IGNORE INTO search_tokens (conversation, token, message_id) VALUES (?, CAST(? AS BLOB), ?)";
constexpr const char* applied_sql = "INSERT INTO applied_changes (conversation, revision, change_id) VALUES (?, ?, ?)";
constexpr const char* forget_sql = "DELETE FROM applied_changes WHERE conversation = ? AND revision <= ?";

}  // namespace

bool AppendTransaction::write_changes(const im::AppendBatch::Conversation& conversation, Outcome& outcome) {
  const auto& changes = conversation.changes;
  if (outcome.key == 0) return false;
  outcome.head.revision = changes.revision;
  for (const auto& message : changes.messages) {
    const auto mentions = sql::join_ids(message.mentions), reactions = sql::join_reactions(message.reactions),
               signature = sql::join_signature(message.signature);
    const auto changed = connection_->statement(update_sql)
                             .bind(1, message.content)
                             .bind(2, message.extra)
                             .bind(3, mentions)
                             .bind(4, static_cast<std::int64_t>(message.status))
                             .bind(5, message.revision)
                             .bind(6, message.edited_at)
                             .bind(7, reactions)
                             .bind(8, message.deletions)
                             .bind(9, signature)
                             .bind(10, message.id)
                             .bind(11, outcome.key)
                             .run();
    if (changed == 0) return false;
  }
  for (const auto& change : changes.marks) write_change(change);
  for (const auto& kept : changes.replaced) {
    connection_->statement(keep_sql)
        .bind(1, kept.message_id)
        .bind(2, kept.revision)
        .bind(3, kept.replaced_at)
        .bind(4, kept.content)
        .run();
  }
  for (const auto& words : changes.words) {
    for (const auto& token : words.tokens) {
      connection_->statement(word_sql).bind(1, outcome.key).bind(2, token).bind(3, words.message_id).run();
    }
  }
  if (changes.applied.empty()) return true;
  for (const auto& applied : changes.applied) {
    connection_->statement(applied_sql).bind(1, outcome.key).bind(2, applied.revision).bind(3, applied.change_id).run();
  }
  connection_->statement(forget_sql)
      .bind(1, outcome.key)
      .bind(2, changes.revision - im::MessageStore::remembered_changes)
      .run();
  return connection_->statement(move_revision_sql)
             .bind(1, changes.revision)
             .bind(2, outcome.key)
             .bind(3, conversation.head.revision)
             .run() > 0;
}

void AppendTransaction::write_change(const im::MessageChanges::MarkChange& change) {
  using What = im::MessageChanges::MarkChange::What;
  const auto& mark = change.mark;
  if (change.what == What::clear_reactions) {
    connection_->statement(clear_reactions_sql).bind(1, mark.message_id).run();
    return;
  }
  connection_->statement(change.what == What::set ? set_sql : clear_sql)
      .bind(1, mark.message_id)
      .bind(2, mark.user_id)
      .bind(3, mark.emoji)
      .run();
}

}  // namespace netherlink::store::sqlite
