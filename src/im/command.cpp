#include "im/command.hpp"

#include <algorithm>

#include "im/content_rules.hpp"
#include "netherlink/crypto/random.hpp"

namespace netherlink::im {
namespace {

using Problems = std::vector<core::FieldError>;

bool is_client_msg_id(std::string_view id, std::size_t max) {
  return !id.empty() && id.size() <= max &&
         std::all_of(id.begin(), id.end(), [](char c) { return c > ' ' && c < 127; });
}

/// The conversation that the request means: named by its id, or by the other person of a single one.
std::optional<ConversationId> target(const SendRequest& request, Problems& problems) {
  if (request.conversation_id.empty() == (request.to_user_id == 0)) {
    problems.push_back({"conversation_id", "exactly one of conversation_id and to_user_id is needed"});
    return std::nullopt;
  }
  if (request.to_user_id == request.sender_id) {
    problems.push_back({"to_user_id", "must be another user"});
    return std::nullopt;
  }
  if (request.to_user_id != 0) return ConversationId::single(request.sender_id, request.to_user_id);
  auto id = ConversationId::parse(request.conversation_id);
  if (!id) problems.push_back({"conversation_id", "is not a conversation id"});
  return id;
}

void check_mentions(std::vector<UserId>& mentions, const ConversationId& conversation, std::size_t max,
                    Problems& problems) {
  if (mentions.size() > max) problems.push_back({"mentions", "at most " + std::to_string(max)});
  std::sort(mentions.begin(), mentions.end());
  mentions.erase(std::unique(mentions.begin(), mentions.end()), mentions.end());
  const auto outside = [&](UserId user) {
    if (user == mention_all) return conversation.kind == ConversationKind::world;
    return conversation.kind == ConversationKind::single && conversation.peer_of(user) == 0;
  };
  if (std::ranges::any_of(mentions, outside)) problems.push_back(not_in_conversation);
}

bool is_stale(Timestamp client_time, std::chrono::milliseconds window) {
  const auto now = core::now_ms();
  return client_time < now - window.count() || client_time > now + window.count();
}

core::Error too_long(std::size_t size, std::size_t most) {
  return {errors::chat_too_long,
          "content has " + std::to_string(size) + " bytes, at most " + std::to_string(most) + " are allowed"};
}

/// Short, and nothing in it that looks like nothing: which characters are emoji changes every year.
void check_emoji(std::string_view emoji, std::size_t max, Problems& problems) {
  const bool fits = !emoji.empty() && emoji.size() <= max;
  const bool visible = std::ranges::none_of(emoji, [](char c) { return (c >= 0 && c <= ' ') || c == 127; });
  if (!fits || !visible) {
    problems.push_back({"emoji", "must have 1 to " + std::to_string(max) + " bytes, without space"});
  }
}

}  // namespace

void CommandDeleter::operator()(Command* command) const {
  delete command;
}

core::result<CommandPtr> make_send(SendRequest request, const Limits& limits) {
  Problems problems;
  auto conversation = target(request, problems);
  if (!is_client_msg_id(request.client_msg_id, limits.client_msg_id_chars)) {
    problems.push_back({"client_msg_id", "must be 1 to " + std::to_string(limits.client_msg_id_chars) +
                                             " printable ASCII characters without space"});
  }
  const auto kind = parse_message_kind(request.kind);
  if (!kind) problems.push_back({"kind", "must be text, image, file, emoji, custom or encrypted"});
  const bool attached = request.attachment_id != 0;
  if (kind) check_content(*kind, request.content, attached ? "{}" : request.extra, problems);
  if (request.extra.size() > limits.extra_bytes) {
    problems.push_back({"extra", "at most " + std::to_string(limits.extra_bytes) + " bytes"});
  }
  if (conversation) check_mentions(request.mentions, *conversation, limits.mentions, problems);
  if (!request.signature.empty() && !request.client_time) problems.push_back({"client_time", "a signature needs it"});
  if (!problems.empty()) return core::Error(errors::request_invalid, std::move(problems));
  if (request.content.size() > limits.content_bytes) {
    return too_long(request.content.size(), limits.content_bytes);
  }
  if (!request.signature.empty() && is_stale(*request.client_time, limits.signature_window)) return errors::chat_stale;

  CommandPtr command(new Command);
  command->type = Command::Type::send;
  command->conversation = std::move(*conversation);
  command->user_id = request.sender_id;
  command->origin = request.origin;
  command->client_msg_id = std::move(request.client_msg_id);
  command->kind = *kind;
  command->content = std::move(request.content);
  command->extra = std::move(request.extra);
  command->attachment_id = request.attachment_id;
  command->reply_to = request.reply_to;
  command->mentions = std::move(request.mentions);
  command->session_id = request.session_id;
  if (!request.signature.empty()) {
    auto& signature = command->signature.emplace();
    signature.client_time = *request.client_time;
    signature.signature = std::move(request.signature);
  }
  return command;
}

core::result<CommandPtr> make_mark(const MarkRequest& request) {
  auto conversation = ConversationId::parse(request.conversation_id);
  Problems problems;
  if (!conversation) problems.push_back({"conversation_id", "is not a conversation id"});
  if (request.seq < 0) problems.push_back({"seq", "must not be negative"});
  if (!problems.empty()) return core::Error(errors::request_invalid, std::move(problems));

  CommandPtr command(new Command);
  command->type = Command::Type::mark;
  command->conversation = std::move(*conversation);
  command->user_id = request.user_id;
  command->origin = request.origin;
  command->wanted = {request.read ? request.seq : 0, request.seq};
  return command;
}

core::result<CommandPtr> make_change(ChangeRequest request, const Limits& limits) {
  Problems problems;
  const bool reaction = request.kind == ChangeKind::react || request.kind == ChangeKind::unreact;
  if (reaction) check_emoji(request.text, limits.reaction_bytes, problems);
  if (!problems.empty()) return core::Error(errors::request_invalid, std::move(problems));
  if (request.kind == ChangeKind::edit && request.text.size() > limits.content_bytes) {
    return too_long(request.text.size(), limits.content_bytes);
  }

  CommandPtr command(new Command);
  command->type = Command::Type::change;
  command->user_id = request.user_id;
  command->origin = request.origin;
  command->change = request.kind;
  command->change_id = static_cast<std::int64_t>(crypto::random_u64() >> 1);
  command->message_id = request.message_id;
  command->content = std::move(request.text);
  return command;
}

}  // namespace netherlink::im
