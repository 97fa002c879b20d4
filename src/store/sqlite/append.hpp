#pragma once

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "netherlink/im/ports.hpp"
#include "store/sql/append_outcome.hpp"
#include "store/sql/client_key.hpp"
#include "store/sql/conversation_keys.hpp"
#include "store/sqlite/connection.hpp"

namespace netherlink::store::sqlite {

/// The work of one MessageStore::append inside its transaction. What it finds out is kept aside and goes into the batch
/// only when the commit has succeeded: after a failure the batch is as it was.
class AppendTransaction {
 public:
  AppendTransaction(sql::ConversationKeys& keys, sql::ClientKeys& client_keys, im::AppendBatch& batch)
      : keys_(keys), client_keys_(client_keys), batch_(batch) {}
  AppendTransaction(const AppendTransaction&) = delete;
  AppendTransaction& operator=(const AppendTransaction&) = delete;

  /// May throw Failure. An error: roll back.
  core::result<void> run(Connection& connection);
  /// A newer epoch owns a partition; run() gave an error for it.
  bool fenced() const { return fenced_; }
  /// After the commit, before the next writer: writes the results into the batch.
  void publish();

 private:
  using Outcome = sql::AppendOutcome;
  using Stored = Outcome::Stored;

  bool fence();
  /// Conversations by their first message id: rows then go to the end of the table, whichever partition minted them.
  std::vector<std::size_t> insertion_order() const;
  /// False: the head is not what the store has.
  bool append(const im::AppendBatch::Conversation& conversation, Outcome& outcome);
  std::int64_t key_of(const im::AppendBatch::Conversation& conversation, bool create);
  void insert_messages(const im::AppendBatch::Conversation& conversation, Outcome& outcome);
  Stored insert(const im::Message& message, std::int64_t key, im::Seq seq);
  std::optional<Stored> find_stored(const im::Message& message, std::int64_t key, std::int64_t client_key);
  bool move_head(const im::AppendBatch::Conversation& conversation, const Outcome& outcome);
  /// False: the revision is not what the store has.
  bool write_changes(const im::AppendBatch::Conversation& conversation, Outcome& outcome);
  void write_change(const im::MessageChanges::MarkChange& change);
  void raise_marks(const im::AppendBatch::Conversation& conversation, Outcome& outcome);
  void raise_senders(const Outcome& outcome);
  im::Marks stored_marks(std::int64_t key, im::UserId user);
  void store_marks(std::int64_t key, im::UserId user, im::Marks marks);

  sql::ConversationKeys& keys_;
  sql::ClientKeys& client_keys_;
  im::AppendBatch& batch_;
  Connection* connection_ = nullptr;
  std::vector<Outcome> outcomes_;
  std::vector<std::pair<std::string_view, std::int64_t>> new_keys_;
  bool fenced_ = false;
};

}  // namespace netherlink::store::sqlite
