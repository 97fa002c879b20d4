#include "im/wire_parts.hpp"

namespace netherlink::im::wire {

void put(Writer& w, const Origin& origin) {
  w.u64(origin.connection);
  w.u32(origin.request);
}

Origin take_origin(Reader& r) {
  Origin origin;
  origin.connection = r.u64();
  origin.request = r.u32();
  return origin;
}

void put(Writer& w, const Marks& marks) {
  w.i64(marks.read_seq);
  w.i64(marks.delivered_seq);
}

Marks take_marks(Reader& r) {
  Marks marks;
  marks.read_seq = r.i64();
  marks.delivered_seq = r.i64();
  return marks;
}

void put(Writer& w, const std::vector<UserId>& ids) {
  w.count(ids.size());
  for (const auto id : ids) w.i64(id);
}

std::vector<UserId> take_ids(Reader& r) {
  std::vector<UserId> ids(r.count(sizeof(UserId)));
  for (auto& id : ids) id = r.i64();
  return ids;
}

void put(Writer& w, const std::optional<Quote>& quote) {
  w.u8(quote ? 1 : 0);
  if (!quote) return;
  w.i64(quote->sender_id);
  w.u8(static_cast<std::uint8_t>(quote->kind));
  w.u8(static_cast<std::uint8_t>(quote->status));
  w.text(quote->content);
}

void take_quote(Reader& r, std::optional<Quote>& quote) {
  if (r.u8() == 0) return;
  quote.emplace();
  quote->sender_id = r.i64();
  quote->kind = r.enumeration<MessageKind>(message_kinds);
  quote->status = r.enumeration<MessageStatus>(statuses);
  quote->content = r.text();
}

void put(Writer& w, const std::optional<MessageSignature>& signature) {
  w.u8(signature ? 1 : 0);
  if (!signature) return;
  w.i64(signature->device_id);
  w.i64(signature->client_time);
  w.text(signature->signing_key);
  w.text(signature->signature);
}

void take_signature(Reader& r, std::optional<MessageSignature>& signature) {
  if (r.u8() == 0) return;
  signature.emplace();
  signature->device_id = r.i64();
  signature->client_time = r.i64();
  signature->signing_key = r.text();
  signature->signature = r.text();
}

void put_without_quote(Writer& w, const Message& m) {
  w.i64(m.id);
  w.text(m.conversation_id);
  w.i64(m.seq);
  w.i64(m.revision);
  w.i64(m.sender_id);
  w.text(m.client_msg_id);
  w.u8(static_cast<std::uint8_t>(m.kind));
  w.u8(static_cast<std::uint8_t>(m.status));
  w.text(m.content);
  w.text(m.extra);
  w.i64(m.reply_to);
  put(w, m.mentions);
  w.i64(m.sent_at);
  w.i64(m.edited_at);
  w.count(m.reactions.size());
  for (const auto& reaction : m.reactions) {
    w.text(reaction.emoji);
    w.i64(reaction.count);
    w.u8(reaction.mine ? 1 : 0);
  }
  w.i64(m.deletions);
  put(w, m.signature);
}

void put(Writer& w, const Message& m) {
  put_without_quote(w, m);
  put(w, m.quote);
}

void take_message(Reader& r, Message& m) {
  m.id = r.i64();
  m.conversation_id = r.text();
  m.seq = r.i64();
  m.revision = r.i64();
  m.sender_id = r.i64();
  m.client_msg_id = r.text();
  m.kind = r.enumeration<MessageKind>(message_kinds);
  m.status = r.enumeration<MessageStatus>(statuses);
  m.content = r.text();
  m.extra = r.text();
  m.reply_to = r.i64();
  m.mentions = take_ids(r);
  m.sent_at = r.i64();
  m.edited_at = r.i64();
  m.reactions.resize(r.count(13));
  for (auto& reaction : m.reactions) {
    reaction.emoji = r.text();
    reaction.count = r.i64();
    reaction.mine = r.u8() != 0;
  }
  m.deletions = r.i64();
  take_signature(r, m.signature);
  take_quote(r, m.quote);
}

ConversationId take_conversation(Reader& r) {
  auto id = ConversationId::parse(r.text());
  if (!id) r.fail();
  return id ? std::move(*id) : ConversationId{};
}

}  // namespace netherlink::im::wire
