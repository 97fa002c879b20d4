#include "im/wire.hpp"
#include "im/wire_parts.hpp"

namespace netherlink::im::wire {
namespace {

void put(Writer& w, const UpdatedMessage& update) {
  put(w, update.message);
  w.count(update.marks.size());
  for (const auto& mark : update.marks) {
    w.i64(mark.user_id);
    w.text(mark.emoji);
  }
}

void take_update(Reader& r, UpdatedMessage& update) {
  take_message(r, update.message);
  update.marks.resize(r.count(12));
  for (auto& mark : update.marks) {
    mark.message_id = update.message.id;
    mark.user_id = r.i64();
    mark.emoji = r.text();
  }
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
  w.u8(events.own_receipts ? 1 : 0);
  w.count(events.updates.size());
  for (const auto& update : events.updates) put(w, update);
  w.i64(events.seq_before);
  w.i64(events.revision_before);
  w.count(events.deletions.size());
  for (const auto& deletion : events.deletions) {
    w.i64(deletion.user_id);
    put(w, deletion.message);
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
  events.own_receipts = r.u8() != 0;
  events.updates.resize(r.count(64));
  for (auto& update : events.updates) take_update(r, update);
  events.seq_before = r.i64();
  events.revision_before = r.i64();
  events.deletions.resize(r.count(72));
  for (auto& deletion : events.deletions) {
    deletion.user_id = r.i64();
    take_message(r, deletion.message);
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
  w.text(event.conversation);
  put(w, event.except_users);
  w.text(event.list);
  w.text(event.facts);
  w.text(event.type);
  w.text(event.data);
  put(w, event.except);
  w.text(event.except_instance);
}

void take_event(Reader& r, PeopleEvent& event) {
  event.users = take_ids(r);
  event.watched = r.i64();
  event.conversation = r.text();
  event.except_users = take_ids(r);
  event.list = r.text();
  event.facts = r.text();
  event.type = r.text();
  event.data = r.text();
  event.except = take_origin(r);
  event.except_instance = r.text();
}

void put(Writer& w, const MembershipEvent& event) {
  w.text(event.id.text);
  put(w, event.joined);
  put(w, event.left);
  w.i64(event.joined_seq);
}

void take_membership(Reader& r, MembershipEvent& event) {
  event.id = take_conversation(r);
  event.joined = take_ids(r);
  event.left = take_ids(r);
  event.joined_seq = r.i64();
}

enum ReplyParts : std::uint8_t { has_error = 1, has_duplicate = 2, has_marked = 4, has_changed = 8 };

void put(Writer& w, const DirectReply& reply) {
  put(w, reply.origin);
  w.text(reply.instance);
  w.text(reply.client_msg_id);
  w.u8(static_cast<std::uint8_t>((reply.error ? has_error : 0) | (reply.duplicate ? has_duplicate : 0) |
                                 (reply.marked ? has_marked : 0) | (reply.changed ? has_changed : 0)));
  if (reply.error) put(w, *reply.error);
  if (reply.duplicate) put(w, *reply.duplicate);
  if (reply.marked) {
    w.text(reply.marked->conversation_id);
    put(w, reply.marked->marks);
    w.i64(reply.marked->last_seq);
  }
  if (reply.changed) put(w, *reply.changed);
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
  if (parts & has_changed) take_message(r, reply.changed.emplace());
}

}  // namespace

std::string encode_push(const PushEnvelope& envelope) {
  PushSelection all;
  for (std::size_t i = 0; i < envelope.conversations.size(); ++i) all.conversations.push_back(i);
  for (std::size_t i = 0; i < envelope.replies.size(); ++i) all.replies.push_back(i);
  for (std::size_t i = 0; i < envelope.events.size(); ++i) all.events.push_back(i);
  for (std::size_t i = 0; i < envelope.memberships.size(); ++i) all.memberships.push_back(i);
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
  w.count(selection.memberships.size());
  for (const auto i : selection.memberships) put(w, envelope.memberships[i]);
  put(w, envelope.changed_users);
  put(w, envelope.revoked_sessions);
  w.i64(envelope.revoked_until);
  w.text(envelope.wants_everything);
  return out;
}

bool decode_push(std::string_view payload, PushEnvelope& out) {
  Reader r(payload);
  if (r.u8() != version) return false;
  out.conversations.resize(r.count(29));
  for (auto& events : out.conversations) take_events(r, events);
  out.replies.resize(r.count(17));
  for (auto& reply : out.replies) take_reply(r, reply);
  out.events.resize(r.count(56));
  for (auto& event : out.events) take_event(r, event);
  out.memberships.resize(r.count(20));
  for (auto& event : out.memberships) take_membership(r, event);
  out.changed_users = take_ids(r);
  out.revoked_sessions = take_ids(r);
  out.revoked_until = r.i64();
  out.wants_everything = r.text();
  return r.ok() && r.at_end();
}

}  // namespace netherlink::im::wire
