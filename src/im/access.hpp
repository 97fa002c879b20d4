#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "im/command.hpp"
#include "im/freshness.hpp"
#include "im/lru.hpp"
#include "netherlink/friend/ports.hpp"
#include "netherlink/im/ports.hpp"

namespace netherlink::im {

/// Who may write to and read from which conversation, with a cache of yes-answers in front of the store: the message
/// path asks it for every message. Thread-safe.
class ConversationAccess {
 public:
  struct Dependencies {
    ConversationRepository& conversations;
    MessageStore& messages;
    friends::ContactRepository& contacts;
    MessageAttachments* attachments;  // nullptr: none
    DeviceSigners* signers;           // nullptr: none
  };
  ConversationAccess(const Dependencies& dependencies, const Limits& limits);

  /// Never blocks; nullopt: only authorise() can tell. Raises a mark to where the member joined.
  std::optional<core::result<void>> authorise_cached(Command& command);

  /// Blocks on the store. The first message to somebody makes both members of their single conversation. Completes the
  /// command: what it replies to, or what it changes.
  core::result<void> authorise(Command& command);

  /// Blocks. chat.not_member.
  core::result<void> require_member(UserId user, const ConversationId& id);
  /// Blocks. The message as it is stored, if the user may see it; resource.not_found.
  core::result<Message> visible(UserId user, MessageId id);
  /// The same by what its sender called it.
  core::result<Message> visible(UserId user, const ConversationId& id, UserId sender, std::string_view client_msg_id);
  /// The oldest message that the member may see.
  static Seq first_visible(const ConversationRepository::Membership& membership) {
    return membership.visible_after + 1;
  }

  /// Blocks. resource.not_found for what the caller may not know of. World is joined on the first look.
  core::result<ConversationRepository::Membership> membership(UserId user, const ConversationId& id);

  core::result<std::unordered_map<std::string, std::string>> titles(std::span<const std::string> ids) {
    return conversations_.titles(ids);
  }

  /// Blocks. Every conversation of the user, world included.
  core::result<std::vector<ConversationRepository::Membership>> memberships(UserId user);

  /// Blocks. Whether the user may say something there now: chat.not_member, chat.muted, user.not_reachable.
  core::result<void> may_speak(UserId user, const ConversationId& id);

  /// Who may write to these people, or they to whom, or what they are members of has changed: no yes that was read
  /// before counts any more.
  void forget(std::span<const UserId> users);
  /// News of that kind may have been lost.
  void forget_all();

 private:
  struct Known {
    Seq joined_seq = 0;
    Timestamp muted_until = 0;
    Freshness::Stamp read_at = 0;
    // Of a single conversation: when which of the two was last found to be allowed to write, if at all.
    std::optional<Freshness::Stamp> first_may_send, second_may_send;
  };

  core::result<ConversationRepository::Membership> join_world(UserId user);
  std::optional<core::result<void>> known_to_be_allowed(Command& command);
  core::result<void> authorise_access(Command& command);
  core::result<void> authorise_send(const Command& command);
  bool may_send(const Command& command);
  void remember_may_send(const Command& command, Freshness::Stamp stamp);
  core::result<void> authorise_change(Command& command);
  core::result<void> check_references(Command& command);
  core::result<void> attach(Command& command);
  core::result<void> check_signer(Command& command);
  /// Whether only the store can tell, whatever is known of who may do what.
  bool asks_store(const Command& command) const;
  core::result<bool> may_mention(UserId user, const ConversationId& id);
  /// Whether the user may recall what others said.
  core::result<bool> may_moderate(UserId user, const ConversationId& id);
  static std::string key_of(UserId user, const ConversationId& id);
  /// What was read of the user's membership and still counts.
  std::optional<Known> known(UserId user, const ConversationId& id);
  void remember(UserId user, const ConversationId& id, const ConversationRepository::Membership& membership,
                Freshness::Stamp read_at);
  Freshness::Stamp stamp();

  ConversationRepository& conversations_;
  MessageStore& messages_;
  friends::ContactRepository& contacts_;
  MessageAttachments* attachments_;
  DeviceSigners* signers_;
  const std::chrono::milliseconds recall_window_;
  const bool require_signatures_;
  std::mutex mutex_;
  Lru<std::string, Known> known_;  // by key_of(…)
  Freshness freshness_;
};

}  // namespace netherlink::im
