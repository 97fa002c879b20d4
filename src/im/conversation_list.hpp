#pragma once

#include <string_view>

#include "im/access.hpp"
#include "im/message_reader.hpp"
#include "netherlink/im/service.hpp"
#include "netherlink/user/service.hpp"

namespace netherlink::im {

/// M12, M13: the conversations of a person with heads, marks, names and last messages. Blocks. Thread-safe.
class ConversationList {
 public:
  ConversationList(ConversationAccess& access, MessageStore& store, MessageReader& reader, user::UserDirectory& users)
      : access_(access), store_(store), reader_(reader), users_(users) {}

  core::result<ConversationPage> page(UserId user, std::string_view cursor, std::size_t limit);
  core::result<ConversationView> one(UserId user, const ConversationId& id);

 private:
  using Membership = ConversationRepository::Membership;
  core::result<std::vector<ConversationView>> views(UserId user, const std::vector<Membership>& memberships);
  core::result<Timestamp> changed_before(const ConversationView& view, Timestamp joined_at, Timestamp time);
  core::result<void> complete(UserId user, std::span<ConversationView> views);
  core::result<void> complete_newest(UserId user, std::span<std::optional<Message>> newest);

  ConversationAccess& access_;
  MessageStore& store_;
  MessageReader& reader_;
  user::UserDirectory& users_;
};

}  // namespace netherlink::im
