#include "gateway/encode.hpp"

namespace netherlink::gateway {
namespace {

void write_quote(core::JsonWriter& out, const im::Quote& quote) {
  out.begin_object().key("sender_id").id(quote.sender_id).field("kind", im::to_string(quote.kind));
  out.field("content", quote.content).field("status", im::to_string(quote.status)).end_object();
}

}  // namespace

void write_user(core::JsonWriter& out, const user::User& user, bool own) {
  out.begin_object().key("id").id(user.id);
  out.field("username", user.username).field("nickname", user.nickname);
  out.field("avatar_url", user.avatar_url).field("bio", user.bio);
  if (own) {
    out.field("email", user.email).field("email_verified", user.email_verified);
    if (!user.email_pending.empty()) out.field("email_pending", user.email_pending);
  }
  out.key("created_at").timestamp(user.created_at);
  if (user.guest) out.field("guest", true);
  if (user.deleted) out.field("deleted", true);
  out.end_object();
}

void write_presence(core::JsonWriter& out, const friends::PresenceView& view) {
  out.begin_object().key("user_id").id(view.user).field("online", view.online);
  if (view.room_id != 0) out.key("room_id").id(view.room_id);
  out.key("last_seen");
  if (view.last_seen != 0) {
    out.timestamp(view.last_seen);
  } else {
    out.null();
  }
  out.end_object();
}

void write_friend_request(core::JsonWriter& out, const friends::Request& request, const user::User& from,
                          const user::User& to) {
  out.begin_object().key("id").id(request.id).key("from");
  write_user(out, from, false);
  out.key("to");
  write_user(out, to, false);
  out.field("message", request.message).field("status", friends::to_string(request.status));
  out.key("created_at").timestamp(request.created_at).end_object();
}

namespace {

std::string time_of_day(int minutes) {
  const auto two = [](int number) { return (number < 10 ? "0" : "") + std::to_string(number); };
  return two(minutes / 60) + ":" + two(minutes % 60);
}

}  // namespace

void write_preferences(core::JsonWriter& out, const user::Preferences& preferences) {
  constexpr std::string_view notifications[] = {"all", "mentions", "none"};
  out.begin_object();
  out.field("notifications", notifications[static_cast<std::size_t>(preferences.notifications)]);
  out.key("dnd");
  if (const auto& dnd = preferences.dnd) {
    out.begin_object().field("from", time_of_day(dnd->from)).field("to", time_of_day(dnd->to));
    out.field("timezone", dnd->timezone).end_object();
  } else {
    out.null();
  }
  out.field("show_presence", preferences.show_presence);
  out.field("direct_messages_from", preferences.friends_only ? "friends" : "everyone").end_object();
}

namespace {

void write_signature(core::JsonWriter& out, const im::MessageSignature& signature) {
  out.key("client_time").timestamp(signature.client_time).field("signature", signature.signature);
  out.key("signed_by").begin_object().key("device_id").id(signature.device_id);
  out.field("signing_key", signature.signing_key).end_object();
}

}  // namespace

void write_message(core::JsonWriter& out, const im::Message& message) {
  out.begin_object();
  out.key("message_id").id(message.id);
  out.field("conversation_id", message.conversation_id);
  out.field("seq", message.seq);
  out.field("revision", message.revision);
  out.key("sender_id").id(message.sender_id);
  out.field("client_msg_id", message.client_msg_id);
  out.field("kind", im::to_string(message.kind));
  out.field("content", message.content);
  if (!message.extra.empty()) out.key("extra").raw(message.extra);
  if (message.reply_to != 0) out.key("reply_to").id(message.reply_to);
  if (!message.mentions.empty()) {
    out.key("mentions").begin_array();
    for (const auto user : message.mentions) {
      if (user == im::mention_all) {
        out.value("all");
      } else {
        out.id(user);
      }
    }
    out.end_array();
  }
  if (message.quote) {
    out.key("quote");
    write_quote(out, *message.quote);
  }
  out.key("reactions").begin_array();
  for (const auto& [emoji, count, mine] : message.reactions) {
    out.begin_object().field("emoji", emoji).field("count", count).field("mine", mine).end_object();
  }
  out.end_array();
  out.field("status", im::to_string(message.status));
  out.key("sent_at").timestamp(message.sent_at);
  if (message.edited_at != 0) out.key("edited_at").timestamp(message.edited_at);
  if (message.signature) write_signature(out, *message.signature);
  out.end_object();
}

void write_messages(core::JsonWriter& out, std::span<const im::Message> messages) {
  out.begin_array();
  for (const auto& message : messages) write_message(out, message);
  out.end_array();
}

void write_conversation(core::JsonWriter& out, const im::ConversationView& conversation) {
  out.begin_object();
  out.field("conversation_id", conversation.id.text);
  out.field("kind", im::to_string(conversation.id.kind));
  out.key("target_id");
  if (conversation.target_id != 0) {
    out.id(conversation.target_id);
  } else {
    out.null();
  }
  out.field("name", conversation.name);
  out.field("last_seq", conversation.head.last_seq);
  out.field("revision", conversation.head.revision);
  out.field("read_seq", conversation.marks.read_seq);
  out.field("delivered_seq", conversation.marks.delivered_seq);
  out.field("unread", conversation.unread());
  out.key("last_message");
  if (conversation.last_message) {
    write_message(out, *conversation.last_message);
  } else {
    out.null();
  }
  out.field("pinned", conversation.pinned);
  out.field("muted", conversation.muted);
  out.key("updated_at").timestamp(conversation.head.updated_at);
  out.end_object();
}

void write_ack(core::JsonWriter& out, const im::Message& message, bool duplicate) {
  out.begin_object();
  out.field("client_msg_id", message.client_msg_id);
  out.key("message_id").id(message.id);
  out.field("conversation_id", message.conversation_id);
  out.field("seq", message.seq);
  out.key("sent_at").timestamp(message.sent_at);
  out.field("duplicate", duplicate);
  out.end_object();
}

void write_heartbeat(core::JsonWriter& out, const config::Config::Heartbeat& heartbeat) {
  out.begin_object();
  out.field("interval", heartbeat.interval.count());
  out.field("min_interval", heartbeat.min_interval.count());
  out.field("max_interval", heartbeat.max_interval.count());
  out.field("probe_count", heartbeat.probe_count);
  out.end_object();
}

}  // namespace netherlink::gateway
