#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "netherlink/im/ports.hpp"

namespace netherlink::gateway::ws {

/// What happened in one conversation, encoded once for every session of the replica. Immutable, shared by the I/O
/// threads.
struct Run {
  im::ConversationId id;
  std::shared_ptr<const void> source;  // keeps what `own` points to

  im::Seq first = 0;                // seq of the first message; the others follow without a gap
  std::string frames;               // `message.new` of each, one behind the other
  std::vector<std::uint32_t> ends;  // of each frame in `frames`

  struct Own {
    std::uint32_t index = 0;  // of the message
    im::Origin origin;        // a connection of this replica: it gets an ack in the message's place
    const im::Message* message = nullptr;
  };
  std::vector<Own> own;  // in order

  struct Receipt {
    im::UserId user_id = 0;
    std::uint64_t connection = 0;  // that caused it, if it is of this replica
    std::uint32_t end = 0;         // in receipt_frames
  };
  std::string receipt_frames;
  std::vector<Receipt> receipts;

  im::Seq missed_from = 0, missed_to = 0;  // see im::ConversationEvents

  std::size_t count() const { return ends.size(); }
  im::Seq last() const { return first + static_cast<im::Seq>(count()) - 1; }
  std::size_t begin_of(std::size_t index) const { return index == 0 ? 0 : ends[index - 1]; }
};
using RunPtr = std::shared_ptr<const Run>;

/// A frame to people, encoded once.
struct EncodedEvent {
  std::shared_ptr<const im::PushEnvelope> envelope;  // keeps `event`
  const im::PeopleEvent* event = nullptr;
  std::string frame;
  std::uint64_t except = 0;  // a connection of this replica
};

/// A push as the I/O threads take it.
struct Push {
  std::shared_ptr<const im::PushEnvelope> envelope;
  std::vector<RunPtr> runs;
  std::vector<std::shared_ptr<const EncodedEvent>> events;
  /// To the connections of each thread; they point into the envelope.
  std::vector<std::vector<const im::DirectReply*>> replies;

  bool concerns_all() const {
    return !runs.empty() || !events.empty() || !envelope->revoked_sessions.empty() || !envelope->changed_users.empty();
  }
};

/// `instance`: of this replica. `threads`: number of I/O threads.
Push encode_push(std::shared_ptr<const im::PushEnvelope> envelope, std::string_view instance, std::size_t threads);

/// Messages read from the store to fill a gap: contiguous, ascending, of one conversation, not empty. Without `own`.
std::shared_ptr<Run> encode_repair(const im::ConversationId& id, std::span<const im::Message> messages);

}  // namespace netherlink::gateway::ws
