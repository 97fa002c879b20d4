// Which messages somebody may see, change, answer, and whom they may mention.
#include "im/access.hpp"
#include "im/content_rules.hpp"
#include "im/signing.hpp"

namespace netherlink::im {
namespace {

core::result<void> check_edit(const Message& message, const Command& command) {
  if (message.kind == MessageKind::system) return errors::chat_forbidden;
  if (message.status == MessageStatus::recalled) return errors::chat_recalled;
  std::vector<core::FieldError> problems;
  check_content(message.kind, command.content, message.extra, problems);
  if (!problems.empty()) return core::Error(errors::request_invalid, std::move(problems));
  return {};
}

}  // namespace

core::result<bool> ConversationAccess::may_moderate(UserId user, const ConversationId& id) {
  const auto member = membership(user, id);
  if (!member) return member.error();
  return member->role >= Role::admin;  // nobody is, in a single conversation or the world
}

core::result<void> ConversationAccess::require_member(UserId user, const ConversationId& id) {
  if (id.kind == ConversationKind::world) return {};
  if (id.kind == ConversationKind::single && id.peer_of(user) == 0) return errors::chat_not_member;
  if (known(user, id)) return {};
  auto member = membership(user, id);
  if (member) return {};
  return member.error().is(errors::resource_not_found) ? core::Error(errors::chat_not_member) : member.error();
}

core::result<Message> ConversationAccess::visible(UserId user, MessageId id) {
  auto message = messages_.find(id);
  if (!message) return message.error();
  if (!*message) return errors::resource_not_found;
  const auto conversation = ConversationId::parse((*message)->conversation_id);
  if (!conversation) return errors::resource_not_found;
  const auto member = membership(user, *conversation);
  if (!member) return member.error();
  if ((*message)->seq < first_visible(*member)) return errors::resource_not_found;
  return std::move(**message);
}

core::result<Message> ConversationAccess::visible(UserId user, const ConversationId& id, UserId sender,
                                                  std::string_view client_msg_id) {
  const auto member = membership(user, id);
  if (!member) return member.error();
  auto message = messages_.find_sent(id.text, sender, client_msg_id);
  if (!message) return message.error();
  if (!*message || (*message)->seq < first_visible(*member)) return errors::resource_not_found;
  return std::move(**message);
}

core::result<void> ConversationAccess::authorise_change(Command& command) {
  const auto message = visible(command.user_id, command.message_id);
  if (!message) return message.error();
  command.conversation = *ConversationId::parse(message->conversation_id);
  command.seq = message->seq;
  command.kind = message->kind;
  const bool own = message->sender_id == command.user_id;
  if (command.change == ChangeKind::edit) {
    if (!own) return errors::chat_forbidden;
    if (auto done = check_edit(*message, command); !done) return done;
    return may_speak(command.user_id, command.conversation);
  }
  if (command.change == ChangeKind::recall) {
    // What happened in a group is nobody's to take back.
    if (message->kind == MessageKind::system) return errors::chat_forbidden;
    if (!own) {
      const auto moderates = may_moderate(command.user_id, command.conversation);
      if (!moderates) return moderates.error();
      if (!*moderates) return errors::chat_forbidden;
    }
    const bool late = own && core::now_ms() - message->sent_at > recall_window_.count();
    if (late && message->status != MessageStatus::recalled) return errors::chat_recall_too_late;
  }
  if (command.change == ChangeKind::recall && attachments_ != nullptr && attachment_of(*message) != 0) {
    if (auto noted = attachments_->doubt(*message); !noted) return noted;
  }
  if (command.change != ChangeKind::react) return {};
  if (message->status == MessageStatus::recalled) return errors::chat_recalled;
  return may_speak(command.user_id, command.conversation);
}

core::result<void> ConversationAccess::check_references(Command& command) {
  std::vector<core::FieldError> problems;
  if (command.reply_to != 0) {
    const auto answered = visible(command.user_id, command.reply_to);
    if (!answered && !answered.error().is(errors::resource_not_found)) return answered.error();
    if (answered && answered->conversation_id == command.conversation.text) {
      command.quote = quote_of(*answered);
    } else {
      problems.push_back({"reply_to", "must be a message of this conversation"});
    }
  }
  for (const auto user : command.mentions) {
    const auto allowed = may_mention(user, command.conversation);
    if (!allowed) return allowed.error();
    if (*allowed) continue;
    problems.push_back(not_in_conversation);
    break;
  }
  if (!problems.empty()) return core::Error(errors::request_invalid, std::move(problems));
  return command.attachment_id == 0 ? core::result<void>() : attach(command);
}

core::result<void> ConversationAccess::check_signer(Command& command) {
  if (!command.signature && !require_signatures_) return {};
  std::optional<DeviceSigners::Signer> signer;
  if (signers_ != nullptr) {
    auto found = signers_->find(command.user_id, command.session_id);
    if (!found) return found.error();
    signer = std::move(*found);
  }
  return check_signature(command, signer, require_signatures_);
}

core::result<void> ConversationAccess::attach(Command& command) {
  const core::Error refused(
      errors::request_invalid,
      std::vector<core::FieldError>{{"extra.attachment_id", "must be a complete upload of the sender"}});
  if (attachments_ == nullptr) return refused;
  const auto described = attachments_->attach({.attachment_id = command.attachment_id,
                                               .kind = command.kind,
                                               .sender_id = command.user_id,
                                               .conversation_id = command.conversation.text,
                                               .client_msg_id = command.client_msg_id});
  if (!described) {
    if (!described.error().is(errors::request_invalid)) return described.error();
    // What was sent before is answered for ever, also when its attachment is gone.
    const auto sent = messages_.find_sent(command.conversation.text, command.user_id, command.client_msg_id);
    if (!sent) return sent.error();
    return *sent ? core::result<void>() : core::result<void>(described.error());
  }
  std::string extra(attachment_prefix);
  extra.append(std::to_string(command.attachment_id)).append("\"").append(*described);
  const std::string_view rest = command.extra;
  if (rest.size() > 2) extra.append(",").append(rest.substr(1, rest.size() - 2));
  command.extra = extra.append("}");
  return {};
}

core::result<bool> ConversationAccess::may_mention(UserId user, const ConversationId& id) {
  if (user == mention_all) return id.kind != ConversationKind::world;
  if (id.kind == ConversationKind::single) return id.peer_of(user) != 0;
  if (id.kind == ConversationKind::world) {
    const auto standings = contacts_.standings(user, std::span(&user, 1));
    if (!standings) return standings.error();
    return standings->front().exists;
  }
  const auto member = conversations_.find(user, id.text);
  if (!member) return member.error();
  return member->has_value();
}

}  // namespace netherlink::im
