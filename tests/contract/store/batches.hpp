#pragma once

#include <string>
#include <utility>
#include <vector>

#include "engines.hpp"
#include "netherlink/id/snowflake.hpp"

namespace netherlink::store::testing {

using Conversation = im::AppendBatch::Conversation;

/// Owner of one partition: mints ids, knows heads, as ingest does.
class Owner {
 public:
  Owner(im::MessageStore& store, std::size_t partition) : store_(store), lease_(must(store.acquire(partition))) {}

  const im::PartitionLease& lease() const { return lease_; }

  im::Message message(im::UserId sender, std::string client_msg_id, std::string content = "hello") {
    im::Message made;
    made.sent_at = core::now_ms();
    made.id = lease_.last_id = id::next_id(lease_.last_id, static_cast<std::int64_t>(lease_.partition), made.sent_at);
    made.sender_id = sender;
    made.client_msg_id = std::move(client_msg_id);
    made.content = std::move(content);
    return made;
  }

  /// With the head that the store has now.
  Conversation conversation(const std::string& id, std::vector<im::Message> messages,
                            std::vector<Conversation::Mark> marks = {}) {
    Conversation made;
    made.id = id;
    made.partition = lease_.partition;
    made.head = must(store_.heads(std::vector<std::string>{id})).front();
    for (auto& message : messages) message.conversation_id = id;
    made.messages = std::move(messages);
    made.marks = std::move(marks);
    return made;
  }

  im::AppendBatch batch(std::vector<Conversation> conversations) const {
    return {.leases = {lease_}, .conversations = std::move(conversations)};
  }

  /// Must be committed.
  Conversation append(Conversation conversation) {
    auto made = batch({std::move(conversation)});
    if (must(store_.append(made)) != im::MessageStore::Append::committed) throw std::runtime_error("fenced");
    return std::move(made.conversations.front());
  }

 private:
  im::MessageStore& store_;
  im::PartitionLease lease_;
};

inline std::vector<im::Seq> seqs(const std::vector<im::Message>& messages) {
  std::vector<im::Seq> all;
  for (const auto& message : messages) all.push_back(message.seq);
  return all;
}

}  // namespace netherlink::store::testing
