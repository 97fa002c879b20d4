#pragma once

#include <span>
#include <string>
#include <string_view>

#include "netherlink/config/config.hpp"
#include "netherlink/core/json_writer.hpp"
#include "netherlink/friend/types.hpp"
#include "netherlink/im/group_ports.hpp"
#include "netherlink/im/types.hpp"
#include "netherlink/user/types.hpp"

namespace netherlink::gateway {

/// The JSON of what REST answers and frames have in common (docs/protocol.md). Each appends one value.

/// `own`: with what only its owner sees.
void write_user(core::JsonWriter& out, const user::User& user, bool own);
/// The data of a `presence` frame.
void write_presence(core::JsonWriter& out, const friends::PresenceView& view);
void write_friend_request(core::JsonWriter& out, const friends::Request& request, const user::User& from,
                          const user::User& to);
void write_preferences(core::JsonWriter& out, const user::Preferences& preferences);
void write_message(core::JsonWriter& out, const im::Message& message);
void write_messages(core::JsonWriter& out, std::span<const im::Message> messages);
void write_conversation(core::JsonWriter& out, const im::ConversationView& conversation);
/// As a member of that role sees it.
void write_group(core::JsonWriter& out, const im::Group& group, im::Role role);
void write_group_member(core::JsonWriter& out, const im::GroupMember& member, const user::User& user);
void write_group_link(core::JsonWriter& out, const im::GroupLink& link, std::string_view url);
/// What a sender is told about a committed message: the data of `message.ack`, the body of POST /chat/messages.
void write_ack(core::JsonWriter& out, const im::Message& message, bool duplicate);
void write_heartbeat(core::JsonWriter& out, const config::Config::Heartbeat& heartbeat);

/// A page of a list: {items: [...], next_cursor}. `write` appends one item.
template <class Items, class Write>
std::string list_body(const Items& items, std::string_view next_cursor, Write write) {
  std::string body;
  core::JsonWriter out(body);
  out.begin_object().key("items").begin_array();
  for (const auto& item : items) write(out, item);
  out.end_array().key("next_cursor");
  if (next_cursor.empty()) {
    out.null();
  } else {
    out.value(next_cursor);
  }
  out.end_object();
  return body;
}

}  // namespace netherlink::gateway
