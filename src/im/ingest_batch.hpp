#pragma once

#include <unordered_map>
#include <vector>

#include "im/change_plan.hpp"
#include "im/command.hpp"
#include "im/ingest_worker.hpp"

namespace netherlink::im {

/// Commands of one transaction, grouped by conversation in their order, and what each of them is answered.
class IngestWorker::Batch {
 public:
  Batch(std::vector<Command> commands, std::size_t partitions);

  AppendBatch& append() { return append_; }
  const AppendBatch& append() const { return append_; }
  bool empty() const { return append_.conversations.empty(); }
  std::size_t messages() const { return messages_; }

  /// Gives every message its id and time. Ids continue after each lease's last_id, and again after a failed attempt.
  void mint(core::Timestamp now);

  /// The lowest id of the new messages of a partition; the highest there is, if all are duplicates.
  MessageId first_id(std::size_t partition) const;

  /// Works out what the changes do to the messages that are stored; heads are known. Again after a failed attempt.
  core::result<void> plan_changes(MessageStore& store, const ChangeLimits& limits, core::Timestamp now);
  /// Calls use(conversation id, message) for each message that is to be changed.
  template <class Use>
  void for_each_changed(const Use& use) const;

  /// After the commit: new messages and receipts to their conversations, duplicates and marks to their origins. What a
  /// `redelivered` batch had stored before may never have been pushed: readers who are behind are told. Takes the
  /// messages out of the batch.
  PushEnvelope take_outcome(bool redelivered);
  /// Nothing was stored: every origin gets the error.
  PushEnvelope refusal(const core::Error& error) const;

 private:
  struct Sender {
    Origin origin;
    std::string instance;
  };
  struct Waiting {
    std::vector<Sender> messages, marks;  // beside AppendBatch::Conversation's
    std::vector<Change> changes;
    std::vector<Sender> changers;  // beside changes
    std::optional<ChangePlan> plan;
    Head before;
  };

  AppendBatch::Conversation& conversation(const Command& command, std::size_t partitions, Waiting*& waiting);
  ConversationEvents take_events(std::size_t index, bool redelivered, std::vector<DirectReply>& replies);
  void take_changes(Waiting& waiting, ConversationEvents& events, std::vector<DirectReply>& replies);

  AppendBatch append_;
  std::vector<Waiting> waiting_;
  std::unordered_map<std::string, std::size_t> index_;
  std::size_t messages_ = 0;
};

template <class Use>
void IngestWorker::Batch::for_each_changed(const Use& use) const {
  for (std::size_t i = 0; i < waiting_.size(); ++i) {
    if (!waiting_[i].plan) continue;
    for (const auto* message : waiting_[i].plan->messages()) use(append_.conversations[i].id, *message);
  }
}

}  // namespace netherlink::im
