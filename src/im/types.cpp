#include "netherlink/im/types.hpp"

#include <algorithm>
#include <array>
#include <cassert>

#include "im/content_rules.hpp"
#include "netherlink/core/utf8.hpp"

namespace netherlink::im {
namespace {

constexpr std::array<std::string_view, 4> conversation_kinds{"single", "group", "room", "world"};
constexpr std::array<std::string_view, 7> message_kinds{"text",   "image",     "file",  "emoji",
                                                        "custom", "encrypted", "system"};
constexpr std::array<std::string_view, 4> statuses{"normal", "edited", "recalled", "deleted"};

constexpr std::size_t quoted_characters = 100;

std::optional<ConversationId> parse_numbered(std::string_view text, std::string_view prefix, ConversationKind kind) {
  const auto id = core::parse_id(text.substr(prefix.size()));
  if (!id) return std::nullopt;
  return ConversationId{std::string(text), kind, *id, 0};
}

}  // namespace

std::string_view to_string(ConversationKind kind) {
  return conversation_kinds[static_cast<std::size_t>(kind)];
}
std::string_view to_string(MessageKind kind) {
  return message_kinds[static_cast<std::size_t>(kind)];
}
std::string_view to_string(MessageStatus status) {
  return statuses[static_cast<std::size_t>(status)];
}

std::string_view to_string(Role role) {
  constexpr std::string_view roles[]{"member", "admin", "owner"};
  return roles[static_cast<std::size_t>(role)];
}

std::optional<MessageKind> parse_message_kind(std::string_view text) {
  const auto found = std::find(message_kinds.begin(), message_kinds.end(), text);
  if (found == message_kinds.end()) return std::nullopt;
  return static_cast<MessageKind>(found - message_kinds.begin());
}

std::optional<ConversationId> ConversationId::parse(std::string_view text) {
  if (text == "world") return world();
  if (text.starts_with("group_")) return parse_numbered(text, "group_", ConversationKind::group);
  if (text.starts_with("room_")) return parse_numbered(text, "room_", ConversationKind::room);
  constexpr std::string_view prefix = "single_";
  if (!text.starts_with(prefix)) return std::nullopt;
  const auto rest = text.substr(prefix.size());
  const auto cut = rest.find('_');
  if (cut == std::string_view::npos) return std::nullopt;
  const auto smaller = core::parse_id(rest.substr(0, cut)), larger = core::parse_id(rest.substr(cut + 1));
  if (!smaller || !larger || *smaller >= *larger) return std::nullopt;
  return ConversationId{std::string(text), ConversationKind::single, *smaller, *larger};
}

ConversationId ConversationId::single(UserId a, UserId b) {
  assert(a != b);
  const auto [smaller, larger] = std::minmax(a, b);
  return {"single_" + std::to_string(smaller) + "_" + std::to_string(larger), ConversationKind::single, smaller,
          larger};
}

ConversationId ConversationId::group(std::int64_t id) {
  std::string text("group_");
  text.append(std::to_string(id));
  return {std::move(text), ConversationKind::group, id, 0};
}

ConversationId ConversationId::room(std::int64_t id) {
  std::string text("room_");
  text.append(std::to_string(id));
  return {std::move(text), ConversationKind::room, id, 0};
}

ConversationId ConversationId::world() {
  return {"world", ConversationKind::world, 0, 0};
}

std::int64_t count_marks(const Message& message) {
  auto count = message.deletions;
  for (const auto& reaction : message.reactions) count += reaction.count;
  return count;
}

void clear_content(Message& message, MessageStatus status) {
  message.status = status;
  message.content.clear();
  message.extra.clear();
  message.mentions.clear();
  message.reactions.clear();
  message.quote.reset();
  message.signature.reset();
}

Message seen_by(UserId reader, Message message, std::span<const PersonalMark> marks) {
  for (const auto& mark : marks) {
    if (mark.user_id != reader || mark.message_id != message.id) continue;
    if (mark.emoji.empty()) {
      clear_content(message, MessageStatus::deleted);
      break;
    }
    const auto reaction = std::ranges::find(message.reactions, mark.emoji, &Reaction::emoji);
    if (reaction != message.reactions.end()) reaction->mine = true;
  }
  return message;
}

Quote quote_of(const Message& message) {
  // An opaque text means nothing in part.
  const bool readable = message.kind != MessageKind::encrypted;
  return {message.sender_id, message.kind, message.status,
          readable ? std::string(core::first_code_points(message.content, quoted_characters)) : std::string()};
}

std::int64_t attachment_of(const Message& message) {
  const bool may_refer = message.kind == MessageKind::image || message.kind == MessageKind::file;
  std::string_view extra = message.extra;
  if (!may_refer || !extra.starts_with(attachment_prefix)) return 0;
  extra.remove_prefix(attachment_prefix.size());
  return core::parse_id(extra.substr(0, extra.find('"'))).value_or(0);
}

std::size_t partition_of(std::string_view conversation_id, std::size_t partitions) {
  std::uint64_t hash = 14695981039346656037ULL;
  for (const char c : conversation_id) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return static_cast<std::size_t>(hash % partitions);
}

}  // namespace netherlink::im
