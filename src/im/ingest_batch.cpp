#include "im/ingest_batch.hpp"

#include <algorithm>
#include <limits>

#include "netherlink/id/snowflake.hpp"

namespace netherlink::im {
namespace {

Message to_message(Command&& command) {
  Message message;
  message.conversation_id = std::move(command.conversation.text);
  message.sender_id = command.user_id;
  message.client_msg_id = std::move(command.client_msg_id);
  message.kind = command.kind;
  message.content = std::move(command.content);
  message.extra = std::move(command.extra);
  message.reply_to = command.reply_to;
  message.mentions = std::move(command.mentions);
  message.quote = std::move(command.quote);
  message.signature = std::move(command.signature);
  return message;
}

}  // namespace

IngestWorker::Batch::Batch(std::vector<Command> commands, std::size_t partitions) {
  for (auto& command : commands) {
    Waiting* waiting = nullptr;
    auto& target = conversation(command, partitions, waiting);
    Sender sender{command.origin, std::move(command.instance)};
    if (command.type == Command::Type::mark) {
      target.marks.push_back({command.user_id, command.wanted, false});
      waiting->marks.push_back(std::move(sender));
    } else if (command.type == Command::Type::change) {
      waiting->changes.push_back({command.change, command.user_id, command.change_id, command.message_id, command.seq,
                                  std::move(command.content)});
      waiting->changers.push_back(std::move(sender));
    } else {
      target.messages.push_back(to_message(std::move(command)));
      waiting->messages.push_back(std::move(sender));
      ++messages_;
    }
  }
}

AppendBatch::Conversation& IngestWorker::Batch::conversation(const Command& command, std::size_t partitions,
                                                             Waiting*& waiting) {
  const auto [found, added] = index_.try_emplace(command.conversation.text, append_.conversations.size());
  if (added) {
    auto& target = append_.conversations.emplace_back();
    target.id = command.conversation.text;
    target.partition = partition_of(target.id, partitions);
    waiting_.emplace_back();
    const auto same = [&](const PartitionLease& lease) { return lease.partition == target.partition; };
    if (std::none_of(append_.leases.begin(), append_.leases.end(), same))
      append_.leases.push_back({target.partition, 0, 0});
  }
  waiting = &waiting_[found->second];
  return append_.conversations[found->second];
}

void IngestWorker::Batch::mint(core::Timestamp now) {
  std::unordered_map<std::size_t, MessageId*> last_ids;
  for (auto& lease : append_.leases) last_ids[lease.partition] = &lease.last_id;
  for (auto& target : append_.conversations) {
    auto& last_id = *last_ids.at(target.partition);
    target.duplicate.assign(target.messages.size(), false);
    for (auto& message : target.messages) {
      message.id = last_id = id::next_id(last_id, static_cast<std::int64_t>(target.partition), now);
      message.sent_at = now;
    }
  }
}

MessageId IngestWorker::Batch::first_id(std::size_t partition) const {
  auto first = std::numeric_limits<MessageId>::max();
  for (const auto& target : append_.conversations) {
    if (target.partition != partition) continue;
    for (std::size_t i = 0; i < target.messages.size(); ++i) {
      if (!target.duplicate[i]) first = std::min(first, target.messages[i].id);
    }
  }
  return first;
}

core::result<void> IngestWorker::Batch::plan_changes(MessageStore& store, const ChangeLimits& limits,
                                                     core::Timestamp now) {
  for (std::size_t i = 0; i < waiting_.size(); ++i) {
    auto& conversation = append_.conversations[i];
    waiting_[i].before = conversation.head;
    if (waiting_[i].changes.empty()) continue;
    auto plan = ChangePlan::make(store, conversation.id, conversation.head, waiting_[i].changes, limits, now);
    if (!plan) return plan.error();
    conversation.changes = plan->changes();
    waiting_[i].plan = std::move(*plan);
  }
  return {};
}

/// A run of those delivered again may find nothing to do: then the revision alone tells who is behind.
void IngestWorker::Batch::take_changes(Waiting& waiting, ConversationEvents& events,
                                       std::vector<DirectReply>& replies) {
  const auto& plan = *waiting.plan;
  if (plan.can_tell_updates()) {
    events.updates = plan.updates();
  } else {
    events.revision_before = plan.changes().revision;
  }
  events.deletions = plan.deletions();
  for (std::size_t i = 0; i < waiting.changes.size(); ++i) {
    auto& [origin, instance] = waiting.changers[i];
    DirectReply reply;
    reply.origin = origin;
    reply.instance = std::move(instance);
    auto outcome = plan.outcome(i, waiting.changes[i]);
    if (outcome) {
      reply.changed = std::move(*outcome);
    } else {
      reply.error = outcome.error();
    }
    replies.push_back(std::move(reply));
  }
}

ConversationEvents IngestWorker::Batch::take_events(std::size_t index, bool redelivered,
                                                    std::vector<DirectReply>& replies) {
  auto& stored = append_.conversations[index];
  auto& waiting = waiting_[index];
  ConversationEvents events;
  events.id = *ConversationId::parse(stored.id);
  events.revision_before = waiting.before.revision;
  events.messages.reserve(stored.messages.size());
  for (std::size_t i = 0; i < stored.messages.size(); ++i) {
    auto& [origin, instance] = waiting.messages[i];
    auto& message = stored.messages[i];
    if (!stored.duplicate[i]) {
      events.messages.push_back({std::move(message), origin, std::move(instance)});
    } else {
      if (redelivered) {
        events.missed_from = events.missed_to == 0 ? message.seq : std::min(events.missed_from, message.seq);
        events.missed_to = std::max(events.missed_to, message.seq);
      }
      replies.push_back({origin, std::move(instance), message.client_msg_id, {}, std::move(message), {}, {}});
    }
  }
  for (std::size_t i = 0; i < stored.marks.size(); ++i) {
    const auto& mark = stored.marks[i];
    const auto& [origin, instance] = waiting.marks[i];
    if (mark.changed) events.receipts.push_back({mark.user_id, mark.marks, origin, instance});
    replies.push_back({origin, instance, {}, {}, {}, MarkResult{stored.id, mark.marks, stored.head.last_seq}, {}});
  }
  events.seq_before = events.missed_to == 0 ? waiting.before.last_seq : events.missed_from - 1;
  if (waiting.plan) take_changes(waiting, events, replies);
  return events;
}

PushEnvelope IngestWorker::Batch::take_outcome(bool redelivered) {
  PushEnvelope envelope;
  for (std::size_t i = 0; i < append_.conversations.size(); ++i) {
    auto happened = take_events(i, redelivered, envelope.replies);
    const bool news = !happened.messages.empty() || !happened.receipts.empty() || happened.missed_to != 0 ||
                      waiting_[i].plan.has_value();
    if (news) envelope.conversations.push_back(std::move(happened));
  }
  return envelope;
}

PushEnvelope IngestWorker::Batch::refusal(const core::Error& error) const {
  PushEnvelope envelope;
  for (std::size_t c = 0; c < waiting_.size(); ++c) {
    const auto& messages = append_.conversations[c].messages;
    for (std::size_t i = 0; i < messages.size(); ++i) {
      const auto& [origin, instance] = waiting_[c].messages[i];
      envelope.replies.push_back({origin, instance, messages[i].client_msg_id, error, {}, {}, {}});
    }
    for (const auto& [origin, instance] : waiting_[c].marks) {
      envelope.replies.push_back({origin, instance, {}, error, {}, {}, {}});
    }
    for (const auto& [origin, instance] : waiting_[c].changers) {
      envelope.replies.push_back({origin, instance, {}, error, {}, {}, {}});
    }
  }
  return envelope;
}

}  // namespace netherlink::im
