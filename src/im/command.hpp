#pragma once

#include <string>
#include <vector>

#include "netherlink/im/service.hpp"
#include "netherlink/im/types.hpp"

namespace netherlink::im {

/// A validated request on its way to the partition of its conversation. Travels through the bus (wire.hpp).
struct Command {
  enum class Type : std::uint8_t { send, mark, change };

  Type type = Type::send;
  ConversationId conversation;
  UserId user_id = 0;  // the sender, or whose marks
  Origin origin;
  std::string instance;  // of the origin; filled in by the batcher

  // send
  std::string client_msg_id, content, extra;
  MessageKind kind = MessageKind::text;
  std::int64_t attachment_id = 0;  // until authorise() has put it into extra
  MessageId reply_to = 0;
  std::vector<UserId> mentions;
  std::optional<Quote> quote;                 // of what it replies to; found by authorise()
  SessionId session_id = 0;                   // of the sender; until authorise()
  std::optional<MessageSignature> signature;  // its device and key are found by authorise()

  // mark
  Marks wanted;

  // change: content is the new one, or the emoji
  ChangeKind change = ChangeKind::edit;
  std::int64_t change_id = 0;  // of this request alone
  MessageId message_id = 0;
  Seq seq = 0;  // of the message; this and the conversation are found by authorise()
};

/// What changes are held to where they are made.
struct ChangeLimits {
  std::size_t reactions = 20;  // kinds on one message
  std::size_t tokens = 2000;   // by which search finds a message
};

/// Checks the form of requests against the limits: pure, no store. Errors are request.invalid with every field that is
/// wrong, or chat.too_long.
core::result<CommandPtr> make_send(SendRequest request, const Limits& limits);
core::result<CommandPtr> make_mark(const MarkRequest& request);
/// Without its conversation: authorise() finds it.
core::result<CommandPtr> make_change(ChangeRequest request, const Limits& limits);

}  // namespace netherlink::im
