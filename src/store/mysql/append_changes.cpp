#include "store/mysql/append.hpp"
#include "store/sql/token_literal.hpp"

namespace netherlink::store::mysql {

void ShardAppend::guard_one_row() {
  guard("ROW_COUNT() = 1");
  script_.end_statement();
}

void ShardAppend::write_changes(const Item& item) {
  const auto& changes = item.conversation->changes;
  const auto key = item.outcome.key;
  for (const auto& message : changes.messages) {
    script_ << "UPDATE messages SET status = " << static_cast<std::int64_t>(message.status)
            << ", revision = " << message.revision << ", edited_at = " << message.edited_at
            << ", deletions = " << message.deletions << ", mentions = '" << sql::join_ids(message.mentions)
            << "', extra = ";
    script_.quoted(message.extra) << ", reactions = ";
    script_.quoted(sql::join_reactions(message.reactions)) << ", signature = ";
    script_.quoted(sql::join_signature(message.signature)) << ", content = ";
    script_.quoted(message.content) << " WHERE conversation = " << key << " AND seq = " << message.seq
                                    << " AND message_id = " << message.id;
    script_.end_statement();
    guard_one_row();
  }
  write_personal_marks(changes);
  for (const auto& kept : changes.replaced) {
    script_ << "INSERT INTO replaced_contents (message_id, revision, replaced_at, content) VALUES (" << kept.message_id
            << "," << kept.revision << "," << kept.replaced_at << ",";
    script_.quoted(kept.content) << ")";
    script_.end_statement();
  }
  for (const auto& words : changes.words) write_words(key, words);
  if (changes.applied.empty()) return;
  const char* separator = "INSERT INTO applied_changes (conversation, revision, change_id) VALUES ";
  for (const auto& applied : changes.applied) {
    script_ << separator << "(" << key << "," << applied.revision << "," << applied.change_id << ")";
    separator = ",";
  }
  script_.end_statement();
  script_ << "DELETE FROM applied_changes WHERE conversation = " << key
          << " AND revision <= " << changes.revision - im::MessageStore::remembered_changes;
  script_.end_statement();
  script_ << "UPDATE conversations SET revision = " << changes.revision << " WHERE id = " << key
          << " AND revision = " << item.conversation->head.revision;
  script_.end_statement();
  guard_one_row();
}

void ShardAppend::write_words(std::int64_t key, const im::MessageChanges::Words& words) {
  if (words.tokens.empty()) return;
  std::string rows;
  for (const auto& token : words.tokens) {
    if (!rows.empty()) rows += ',';
    sql::append_token_row(rows, key, token, words.message_id);
  }
  script_ << "INSERT IGNORE INTO search_tokens (conversation, token, message_id) VALUES " << rows;
  script_.end_statement();
}

void ShardAppend::write_personal_marks(const im::MessageChanges& changes) {
  using What = im::MessageChanges::MarkChange::What;
  for (const auto& [what, mark] : changes.marks) {
    if (what == What::set) {
      script_ << "INSERT INTO personal_marks (message_id, user_id, emoji) VALUES (" << mark.message_id << ","
              << mark.user_id << ",";
      script_.quoted(mark.emoji) << ")";
    } else {
      script_ << "DELETE FROM personal_marks WHERE message_id = " << mark.message_id;
      if (what == What::clear_reactions) {
        script_ << " AND emoji <> ''";
      } else {
        script_ << " AND user_id = " << mark.user_id << " AND emoji = ";
        script_.quoted(mark.emoji);
      }
    }
    script_.end_statement();
  }
}

}  // namespace netherlink::store::mysql
