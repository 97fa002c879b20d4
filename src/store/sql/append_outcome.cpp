#include "store/sql/append_outcome.hpp"

#include <algorithm>
#include <charconv>

namespace netherlink::store::sql {
namespace {

using im::MessageKind;
using im::MessageStatus;

// The numbers are in the databases: they stay what they are.
static_assert(static_cast<int>(MessageKind::text) == 0 && static_cast<int>(MessageKind::image) == 1 &&
              static_cast<int>(MessageKind::file) == 2 && static_cast<int>(MessageKind::emoji) == 3 &&
              static_cast<int>(MessageKind::custom) == 4 && static_cast<int>(MessageKind::encrypted) == 5 &&
              static_cast<int>(MessageKind::system) == 6);
static_assert(static_cast<int>(MessageStatus::normal) == 0 && static_cast<int>(MessageStatus::edited) == 1 &&
              static_cast<int>(MessageStatus::recalled) == 2 && static_cast<int>(MessageStatus::deleted) == 3);

using Sender = std::pair<im::UserId, im::Seq>;

}  // namespace

void AppendOutcome::note_new(const im::Message& message, im::Seq seq) {
  head.last_seq = seq;
  head.updated_at = std::max(head.updated_at, message.sent_at);
  const auto sender = std::ranges::find(senders, message.sender_id, &Sender::first);
  if (sender != senders.end()) {
    sender->second = seq;
  } else {
    senders.emplace_back(message.sender_id, seq);
  }
}

im::Marks AppendOutcome::with_own_messages(im::UserId user, im::Marks own) const {
  const auto sender = std::ranges::find(senders, user, &Sender::first);
  return sender == senders.end() ? own : higher(own, {sender->second, sender->second});
}

void AppendOutcome::publish(im::AppendBatch::Conversation& conversation) {
  conversation.head = head;
  conversation.marks = std::move(marks);
  conversation.duplicate.assign(stored.size(), false);
  for (std::size_t m = 0; m < stored.size(); ++m) {
    conversation.duplicate[m] = stored[m].duplicate;
    conversation.messages[m].id = stored[m].id;
    conversation.messages[m].seq = stored[m].seq;
    conversation.messages[m].sent_at = stored[m].sent_at;
  }
}

im::Marks higher(im::Marks a, im::Marks b) {
  return {std::max(a.read_seq, b.read_seq), std::max(a.delivered_seq, b.delivered_seq)};
}

im::Marks clamp(im::Marks wanted, im::Seq last_seq) {
  const auto read = std::clamp<im::Seq>(wanted.read_seq, 0, last_seq);
  return {read, std::max(read, std::clamp<im::Seq>(wanted.delivered_seq, 0, last_seq))};
}

std::string join_ids(const std::vector<im::UserId>& ids) {
  std::string text;
  for (const auto id : ids) {
    if (!text.empty()) text += ',';
    text += std::to_string(id);
  }
  return text;
}

std::vector<im::UserId> split_ids(std::string_view text) {
  std::vector<im::UserId> ids;
  const char* const end = text.data() + text.size();
  for (const char* at = text.data(); at < end; ++at) {
    im::UserId id = 0;
    const auto parsed = std::from_chars(at, end, id);
    if (parsed.ec != std::errc()) break;
    ids.push_back(id);
    at = parsed.ptr;
  }
  return ids;
}

std::string join_reactions(const std::vector<im::Reaction>& reactions) {
  std::string text;
  for (const auto& reaction : reactions) {
    if (!text.empty()) text += '\n';
    text += reaction.emoji;
    text += ' ';
    text += std::to_string(reaction.count);
  }
  return text;
}

std::vector<im::Reaction> split_reactions(std::string_view text) {
  std::vector<im::Reaction> reactions;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const auto blank = line.find(' ');
    if (blank == std::string_view::npos) break;
    std::int64_t count = 0;
    std::from_chars(line.data() + blank + 1, line.data() + line.size(), count);
    reactions.push_back({std::string(line.substr(0, blank)), count, false});
  }
  return reactions;
}

std::string join_signature(const std::optional<im::MessageSignature>& signature) {
  if (!signature) return {};
  std::string text = std::to_string(signature->device_id);
  text.append(" ").append(std::to_string(signature->client_time)).append(" ");
  return text.append(signature->signing_key).append(" ").append(signature->signature);
}

std::optional<im::MessageSignature> split_signature(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const auto next = [&text] {
    const auto part = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    return part;
  };
  const auto number = [](std::string_view digits) {
    std::int64_t value = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
  };
  im::MessageSignature signature;
  signature.device_id = number(next());
  signature.client_time = number(next());
  signature.signing_key = next();
  signature.signature = next();
  return signature;
}

}  // namespace netherlink::store::sql
