#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "netherlink/im/ports.hpp"
#include "store/mysql/connection.hpp"
#include "store/sql/append_outcome.hpp"
#include "store/sql/client_key.hpp"

namespace netherlink::store::mysql {

class KeyCache;

/// Of a row of `marks`.
inline im::Marks stored_marks(im::Seq read_seq, im::Seq delivered_seq) {
  return {read_seq, std::max(read_seq, delivered_seq)};
}

/// What one MessageStore::append does on one shard: computed here, then sent as one script, so that a commit takes one
/// round trip, and an owner that stops in the middle leaves no transaction open behind it. What it finds out is kept
/// aside until publish().
class ShardAppend {
 public:
  ShardAppend(KeyCache& keys, sql::ClientKeys& client_keys) : keys_(keys), client_keys_(client_keys) {}

  void add(const im::PartitionLease& lease) { leases_.push_back(&lease); }
  void add(im::AppendBatch::Conversation& conversation) { items_.push_back({&conversation, {}, {}, false}); }

  enum class End { commit, leave_open };
  /// One attempt, which may be followed by another. Fences, writes, and commits unless told to leave the transaction
  /// open; an error rolls it back. May throw Failure.
  core::result<void> run(Connection& connection, End end);
  /// A newer epoch owns a partition: why run() gave an error.
  bool fenced() const { return fenced_; }
  /// After the commit: writes the results into the batch.
  void publish();

 private:
  using Conversation = im::AppendBatch::Conversation;
  using Outcome = sql::AppendOutcome;

  struct Item {
    Conversation* conversation;
    Outcome outcome;
    std::vector<std::int64_t> client_keys;  // one for each message
    bool is_new = false;                    // it gets its row with this append
  };
  /// A message that is stored, or will be, and its place in the index that finds duplicates.
  struct Slot {
    std::int64_t conversation = 0, client_key = 0;
    bool operator==(const Slot&) const = default;
  };
  struct SlotHash {
    std::size_t operator()(const Slot& slot) const {
      return static_cast<std::size_t>(slot.client_key ^ slot.conversation);
    }
  };
  struct Known {
    Outcome::Stored stored;
    im::UserId sender_id = 0;
    std::string_view client_msg_id;
  };
  using Slots = std::unordered_map<Slot, Known, SlotHash>;

  // What to do about a script that failed.
  enum class Verdict { fenced, stale, maybe_duplicates };

  /// False: the store does not have the conversation as its owner believes.
  bool find_keys(Connection& connection);
  void plan();
  void plan_message(Item& item, const im::Message& message, Slots& slots);
  /// Looks for messages of the plan that are stored already. False: there are none.
  bool find_duplicates(Connection& connection);

  void write_script(End end);
  void write_fence();
  void write_messages();
  void write_messages(std::string_view insert, bool plain);
  void write_message(const Item& item, std::size_t index, bool plain);
  void write_heads();
  void write_changes(const Item& item);
  void write_personal_marks(const im::MessageChanges& changes);
  void write_words(std::int64_t key, const im::MessageChanges::Words& words);
  void write_marks();
  void read_marks();
  void guard(std::string_view condition);
  void guard_one_row();
  Verdict verdict_of(const StatementFailure& failure) const;
  void resolve_marks();

  KeyCache& keys_;
  sql::ClientKeys& client_keys_;
  std::vector<const im::PartitionLease*> leases_;
  std::vector<Item> items_;        // by key, once planned: the order of the rows
  Slots stored_;                   // found by find_duplicates()
  std::deque<std::string> texts_;  // that stored_ refers to
  bool fenced_ = false;

  Script script_;
  std::size_t fence_guard_ = 0, first_head_ = 0;                // statements of the script
  std::unordered_map<Slot, im::Marks, SlotHash> marks_before_;  // by conversation and user
};

}  // namespace netherlink::store::mysql
