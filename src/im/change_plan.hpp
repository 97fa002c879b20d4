#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "im/command.hpp"
#include "netherlink/im/ports.hpp"

namespace netherlink::im {

/// One change of a message, as its owner takes it from the bus.
struct Change {
  ChangeKind kind = ChangeKind::edit;
  UserId user_id = 0;
  std::int64_t id = 0;
  MessageId message_id = 0;
  Seq seq = 0;
  std::string text;
};

/// Works out, before the transaction, what the changes of one conversation do to it, one after the other: the owner of
/// its partition is the only one who writes there, and the fence of the transaction proves that it still is.
class ChangePlan {
 public:
  /// Reads what the changes need. `head`: of the conversation.
  static core::result<ChangePlan> make(MessageStore& store, std::string_view conversation_id, const Head& head,
                                       std::span<const Change> changes, const ChangeLimits& limits, Timestamp now);

  const MessageChanges& changes() const { return changes_; }
  /// One for each change: why it was refused, or the message as who asked for it sees it now.
  core::result<Message> outcome(std::size_t index, const Change& change) const;
  /// What everybody is told, by revision. Where a message has the marks of too many people to tell of in a push, none:
  /// then it is read.
  bool can_tell_updates() const;
  std::vector<UpdatedMessage> updates() const;
  std::vector<ConversationEvents::Deletion> deletions() const;
  /// Every message that was to be changed, as it is now.
  std::vector<const Message*> messages() const;

 private:
  struct State {
    Message message;
    std::set<std::pair<UserId, std::string>> marks;          // of everybody, or (many) of who asks for changes alone
    bool all_marks = true, changed = false, edited = false;  // edited: to be found by what it says now
    std::int64_t revision_before = 0;
  };

  core::result<void> load(MessageStore& store, std::string_view conversation_id, std::span<const Change> changes);
  core::result<void> load_marks(MessageStore& store, std::span<const Change> changes);
  std::optional<core::Error> apply(const Change& change, const ChangeLimits& limits, Timestamp now);
  void edit(State& state, const Change& change, Timestamp now);
  void recall(State& state, const Change& change, Timestamp now);
  std::optional<core::Error> react(State& state, const Change& change, const ChangeLimits& limits);
  void unreact(State& state, const Change& change);
  void remove(State& state, const Change& change);
  void keep_content(const State& state, Timestamp now);
  void set_mark(State& state, const Change& change, std::string_view emoji, bool on);
  void raise(State& state, const Change& change);
  static std::vector<PersonalMark> marks_of(const State& state);

  MessageChanges changes_;
  std::map<MessageId, State> states_;
  std::set<std::int64_t> applied_;  // of the changes, those that were applied before
  std::vector<std::optional<core::Error>> refusals_;
  std::vector<std::pair<UserId, MessageId>> removed_;
};

}  // namespace netherlink::im
