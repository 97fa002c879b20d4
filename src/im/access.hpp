#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "im/command.hpp"
#include "im/lru.hpp"
#include "netherlink/im/ports.hpp"
#include "netherlink/user/service.hpp"

namespace netherlink::im {

/// Who may write to and read from which conversation, with a cache of yes-answers in front of the store: the message
/// path asks it for every message. Thread-safe.
class ConversationAccess {
 public:
  ConversationAccess(ConversationRepository& conversations, MessageStore& messages, user::UserDirectory& users);

  /// Never blocks; nullopt: only authorise() can tell. Raises a mark to where the member joined.
  std::optional<core::result<void>> authorise_cached(Command& command);

  /// Blocks on the store. The first message to somebody makes both members of their single conversation.
  core::result<void> authorise(Command& command);

  /// Blocks. resource.not_found for what the caller may not know of. World is joined on the first look.
  core::result<ConversationRepository::Membership> membership(UserId user, const ConversationId& id);

  /// Blocks. Every conversation of the user, world included.
  core::result<std::vector<ConversationRepository::Membership>> memberships(UserId user);

 private:
  core::result<ConversationRepository::Membership> join_world(UserId user);
  core::result<void> authorise_send(const Command& command);
  std::optional<Seq> known(const std::string& key);
  void remember(const std::string& key, Seq joined_seq);

  ConversationRepository& conversations_;
  MessageStore& messages_;
  user::UserDirectory& users_;
  std::mutex mutex_;
  Lru<std::string, Seq> known_;  // key_of(…) → joined_seq
};

}  // namespace netherlink::im
