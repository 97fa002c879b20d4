#include "gateway/encode.hpp"

namespace netherlink::gateway {
namespace {

void write_time_or_null(core::JsonWriter& out, core::Timestamp time) {
  if (time != 0) {
    out.timestamp(time);
  } else {
    out.null();
  }
}

}  // namespace

void write_group(core::JsonWriter& out, const im::Group& group, im::Role role) {
  out.begin_object().key("id").id(group.id).field("conversation_id", group.conversation().text);
  out.field("name", group.name).key("owner_id").id(group.owner_id);
  out.field("member_count", group.member_count).field("my_role", im::to_string(role));
  out.field("announcement", group.announcement).field("avatar_url", group.avatar_url);
  out.field("history", im::to_string(group.history)).field("join", im::to_string(group.join));
  if (role != im::Role::member) out.field("pending_requests", group.pending_requests);
  out.field("version", group.version).key("created_at").timestamp(group.created_at).end_object();
}

void write_group_member(core::JsonWriter& out, const im::GroupMember& member, const user::User& user) {
  out.begin_object().key("user");
  write_user(out, user, false);
  out.field("role", im::to_string(member.role)).key("muted_until");
  write_time_or_null(out, member.muted_until > core::now_ms() ? member.muted_until : 0);
  out.key("joined_at").timestamp(member.joined_at).end_object();
}

void write_group_link(core::JsonWriter& out, const im::GroupLink& link, std::string_view url) {
  out.begin_object().field("code", link.code).field("url", url).key("expires_at");
  write_time_or_null(out, link.expires_at);
  out.key("max_uses");
  if (link.max_uses != 0) {
    out.value(link.max_uses);
  } else {
    out.null();
  }
  out.end_object();
}

}  // namespace netherlink::gateway
