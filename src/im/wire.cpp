#include "im/wire.hpp"

#include "im/wire_format.hpp"

namespace netherlink::im::wire {
namespace {

constexpr std::uint8_t version = 1;
constexpr std::uint8_t message_kinds = 7, statuses = 4, command_types = 2;

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

void put(Writer& w, const Message& m) {
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
}

ConversationId take_conversation(Reader& r) {
  auto id = ConversationId::parse(r.text());
  if (!id) r.fail();
  return id ? std::move(*id) : ConversationId{};
}

void take_command(Reader& r, Command& c) {
  c.type = r.enumeration<Command::Type>(command_types);
  c.conversation = take_conversation(r);
  c.user_id = r.i64();
  c.origin = take_origin(r);
  c.instance = r.text();
  if (c.type == Command::Type::mark) {
    c.wanted = take_marks(r);
    return;
  }
  c.client_msg_id = r.text();
  c.content = r.text();
  c.extra = r.text();
  c.kind = r.enumeration<MessageKind>(message_kinds);
  c.reply_to = r.i64();
  c.mentions = take_ids(r);
}

void put(Writer& w, const ConversationEvents& events) {
  w.text(events.id.text);
  w.count(events.messages.size());
  for (const auto& committed : events.messages) {
    put(w, committed.origin);
    w.text(committed.instance);
    put(w, committed.message);
  }
  w.count(events.receipts.size());
  for (const auto& receipt : events.receipts) {
    w.i64(receipt.user_id);
    put(w, receipt.marks);
    put(w, receipt.origin);
    w.text(receipt.instance);
  }
  w.i64(events.missed_from);
  w.i64(events.missed_to);
}

void take_events(Reader& r, ConversationEvents& events) {
  events.id = take_conversation(r);
  events.messages.resize(r.count(64));
  for (auto& committed : events.messages) {
    committed.origin = take_origin(r);
    committed.instance = r.text();
    take_message(r, committed.message);
  }
  events.receipts.resize(r.count(40));
  for (auto& receipt : events.receipts) {
    receipt.user_id = r.i64();
    receipt.marks = take_marks(r);
    receipt.origin = take_origin(r);
    receipt.instance = r.text();
  }
  events.missed_from = r.i64();
  events.missed_to = r.i64();
}

void put(Writer& w, const core::Error& error) {
  w.text(error.code().name);
  w.text(error.detail());
  w.i64(error.retry_after() ? error.retry_after()->count() : -1);
}

core::Error take_error(Reader& r) {
  const auto& code = core::error_code(r.text());
  std::string detail(r.text());
  const auto retry = r.i64();
  if (retry >= 0) return core::Error(code, std::chrono::milliseconds(retry));
  return core::Error(code, std::move(detail));
}

void put(Writer& w, const PeopleEvent& event) {
  put(w, event.users);
  w.i64(event.watched);
  w.text(event.type);
  w.text(event.data);
  put(w, event.except);
  w.text(event.except_instance);
}

void take_event(Reader& r, PeopleEvent& event) {
  event.users = take_ids(r);
  event.watched = r.i64();
  event.type = r.text();
  event.data = r.text();
  event.except = take_origin(r);
  event.except_instance = r.text();
}

enum ReplyParts : std::uint8_t { has_error = 1, has_duplicate = 2, has_marked = 4 };

void put(Writer& w, const DirectReply& reply) {
  put(w, reply.origin);
  w.text(reply.instance);
  w.text(reply.client_msg_id);
  w.u8(static_cast<std::uint8_t>((reply.error ? has_error : 0) | (reply.duplicate ? has_duplicate : 0) |
                                 (reply.marked ? has_marked : 0)));
  if (reply.error) put(w, *reply.error);
  if (reply.duplicate) put(w, *reply.duplicate);
  if (reply.marked) {
    w.text(reply.marked->conversation_id);
    put(w, reply.marked->marks);
    w.i64(reply.marked->last_seq);
  }
}

void take_reply(Reader& r, DirectReply& reply) {
  reply.origin = take_origin(r);
  reply.instance = r.text();
  reply.client_msg_id = r.text();
  const auto parts = r.u8();
  if (parts & has_error) reply.error = take_error(r);
  if (parts & has_duplicate) take_message(r, reply.duplicate.emplace());
  if (parts & has_marked) {
    auto& marked = reply.marked.emplace();
    marked.conversation_id = r.text();
    marked.marks = take_marks(r);
    marked.last_seq = r.i64();
  }
}

}  // namespace

void begin_commands(std::string& out) {
  Writer(out).u8(version);
}

void append_command(std::string& out, const Command& command) {
  Writer w(out);
  w.u8(static_cast<std::uint8_t>(command.type));
  w.text(command.conversation.text);
  w.i64(command.user_id);
  put(w, command.origin);
  w.text(command.instance);
  if (command.type == Command::Type::mark) return put(w, command.wanted);
  w.text(command.client_msg_id);
  w.text(command.content);
  w.text(command.extra);
  w.u8(static_cast<std::uint8_t>(command.kind));
  w.i64(command.reply_to);
  put(w, command.mentions);
}

bool decode_commands(std::string_view payload, std::vector<Command>& out) {
  Reader r(payload);
  if (r.u8() != version) return false;
  while (r.ok() && !r.at_end()) {
    Command command;
    take_command(r, command);
    if (r.ok()) out.push_back(std::move(command));
  }
  return r.ok();
}

std::string encode_message(const Message& message) {
  std::string out;
  out.reserve(128 + message.content.size() + message.extra.size());
  Writer w(out);
  w.u8(version);
  put(w, message);
  return out;
}

bool decode_message(std::string_view bytes, Message& out) {
  Reader r(bytes);
  if (r.u8() != version) return false;
  take_message(r, out);
  return r.ok() && r.at_end();
}

std::string encode_push(const PushEnvelope& envelope) {
  PushSelection all;
  for (std::size_t i = 0; i < envelope.conversations.size(); ++i) all.conversations.push_back(i);
  for (std::size_t i = 0; i < envelope.replies.size(); ++i) all.replies.push_back(i);
  for (std::size_t i = 0; i < envelope.events.size(); ++i) all.events.push_back(i);
  return encode_push(envelope, all);
}

std::string encode_push(const PushEnvelope& envelope, const PushSelection& selection) {
  std::string out;
  Writer w(out);
  w.u8(version);
  w.count(selection.conversations.size());
  for (const auto i : selection.conversations) put(w, envelope.conversations[i]);
  w.count(selection.replies.size());
  for (const auto i : selection.replies) put(w, envelope.replies[i]);
  w.count(selection.events.size());
  for (const auto i : selection.events) put(w, envelope.events[i]);
  put(w, envelope.changed_users);
  put(w, envelope.revoked_sessions);
  w.i64(envelope.revoked_until);
  w.text(envelope.wants_everything);
  return out;
}

bool decode_push(std::string_view payload, PushEnvelope& out) {
  Reader r(payload);
  if (r.u8() != version) return false;
  out.conversations.resize(r.count(28));
  for (auto& events : out.conversations) take_events(r, events);
  out.replies.resize(r.count(17));
  for (auto& reply : out.replies) take_reply(r, reply);
  out.events.resize(r.count(36));
  for (auto& event : out.events) take_event(r, event);
  out.changed_users = take_ids(r);
  out.revoked_sessions = take_ids(r);
  out.revoked_until = r.i64();
  out.wants_everything = r.text();
  return r.ok() && r.at_end();
}

}  // namespace netherlink::im::wire
