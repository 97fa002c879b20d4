#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "netherlink/im/ports.hpp"

namespace netherlink::store::sql {

/// What an append finds out about one conversation. It goes into the batch only when the commit has succeeded: after a
/// failure the batch is as it was.
struct AppendOutcome {
  struct Stored {
    im::MessageId id = 0;
    im::Seq seq = 0;
    im::Timestamp sent_at = 0;
    bool duplicate = false;
  };
  std::int64_t key = 0;  // stands for the conversation in every table; 0: it has no row yet
  im::Head head;
  std::vector<Stored> stored;                              // one for each message
  std::vector<std::pair<im::UserId, im::Seq>> senders;     // their newest message
  std::vector<im::AppendBatch::Conversation::Mark> marks;  // one for each mark asked for

  /// Moves head and sender on for a message that is new.
  void note_new(const im::Message& message, im::Seq seq);
  /// `before(user)`: the marks stored so far; `raised(user, marks)`: now these are.
  template <class Before, class Raised>
  void raise_marks(const im::AppendBatch::Conversation& conversation, const Before& before, const Raised& raised);
  void publish(im::AppendBatch::Conversation& conversation);

 private:
  im::Marks with_own_messages(im::UserId user, im::Marks marks) const;
};

im::Marks higher(im::Marks a, im::Marks b);
/// Read implies delivered; nothing lies beyond the end.
im::Marks clamp(im::Marks wanted, im::Seq last_seq);

template <class Before, class Raised>
void AppendOutcome::raise_marks(const im::AppendBatch::Conversation& conversation, const Before& before,
                                const Raised& raised) {
  marks = conversation.marks;
  for (auto& mark : marks) {
    const im::Marks stored_before = before(mark.user_id);
    mark.marks = higher(stored_before, clamp(mark.marks, head.last_seq));
    mark.changed = mark.marks != stored_before;
    if (mark.changed) raised(mark.user_id, mark.marks);
    mark.marks = with_own_messages(mark.user_id, mark.marks);
  }
}

/// Decimal ids with commas between: how the column `mentions` holds them.
std::string join_ids(const std::vector<im::UserId>& ids);
std::vector<im::UserId> split_ids(std::string_view text);
/// "<emoji> <count>" on each line: how the column `reactions` holds them. There is no blank in an emoji.
std::string join_reactions(const std::vector<im::Reaction>& reactions);
/// "<device> <time> <key> <signature>": how the column `signature` holds it; none: empty.
std::string join_signature(const std::optional<im::MessageSignature>& signature);
std::optional<im::MessageSignature> split_signature(std::string_view text);
std::vector<im::Reaction> split_reactions(std::string_view text);

}  // namespace netherlink::store::sql
