#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/room_json.hpp"
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
  bool own_receipts = false;  // each is for the sessions of its person alone

  /// `message.updated` of one message as most readers get it, and as those get it for whom it differs.
  struct Update {
    std::int64_t revision = 0;
    struct Bytes {
      std::uint32_t begin = 0, end = 0;  // in update_frames
    };
    Bytes common;
    std::vector<std::pair<im::UserId, Bytes>> personal;  // by user id
    Bytes of(im::UserId reader) const;
  };
  std::string update_frames;  // those that are common first, one behind the other
  std::vector<Update> updates;
  im::Seq seq_before = 0;  // these two: see im::ConversationEvents
  std::int64_t revision_before = 0;

  struct Deletion {
    im::UserId user_id = 0;
    std::uint32_t end = 0;  // in deletion_frames
  };
  std::string deletion_frames;  // `message.updated`, each for one person
  std::vector<Deletion> deletions;

  im::Seq missed_from = 0, missed_to = 0;  // see im::ConversationEvents
  im::Seq signal_to = 0;                   // of a signal (Storm): it names first..signal_to, and is in `frames`

  std::size_t count() const { return ends.size(); }
  std::int64_t revision() const { return updates.empty() ? revision_before : updates.back().revision; }
  im::Seq last() const { return first + static_cast<im::Seq>(count()) - 1; }
  /// Of the first message behind `seq`; count() if there is none.
  std::size_t index_after(im::Seq seq) const;
  std::size_t begin_of(std::size_t index) const { return index == 0 ? 0 : ends[index - 1]; }
};
using RunPtr = std::shared_ptr<const Run>;

/// A frame to people, encoded once.
struct EncodedEvent {
  std::shared_ptr<const im::PushEnvelope> envelope;  // keeps `event`
  const im::PeopleEvent* event = nullptr;
  std::string frame;
  std::uint64_t except = 0;        // a connection of this replica
  std::optional<RoomFacts> facts;  // of an event of the list of rooms
};

/// A push as the I/O threads take it.
struct Push {
  std::shared_ptr<const im::PushEnvelope> envelope;
  std::vector<RunPtr> runs;
  std::vector<std::shared_ptr<const EncodedEvent>> events;
  /// To the connections of each thread; they point into the envelope.
  std::vector<std::vector<const im::DirectReply*>> replies;

  bool concerns_all() const {
    return !runs.empty() || !events.empty() || !envelope->memberships.empty() || !envelope->revoked_sessions.empty() ||
           !envelope->changed_users.empty();
  }
};

/// `instance`: of this replica. `threads`: number of I/O threads.
Push encode_push(std::shared_ptr<const im::PushEnvelope> envelope, std::string_view instance, std::size_t threads);

/// Read from the store to fill a gap: messages contiguous and ascending, updates by revision. Without `own`.
std::shared_ptr<Run> encode_repair(const im::ConversationId& id, std::span<const im::Message> messages,
                                   std::span<const im::UpdatedMessage> updates);

}  // namespace netherlink::gateway::ws
