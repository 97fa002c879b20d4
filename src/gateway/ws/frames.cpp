#include "gateway/ws/frames.hpp"

#include <algorithm>
#include <array>

#include "gateway/http/authenticate.hpp"
#include "gateway/json_input.hpp"
#include "gateway/proto/decode.hpp"
#include "gateway/ws/server_frames.hpp"
#include "netherlink/core/utf8.hpp"

namespace netherlink::gateway::ws {
namespace {

constexpr std::size_t id_characters = 64;

constexpr std::array<FrameType, 15> types{{
    {"message.send", Lane::io, on_message_send},
    {"message.received", Lane::io, on_message_received},
    {"message.read", Lane::io, on_message_read},
    {"message.edit", Lane::store, on_message_edit},
    {"message.recall", Lane::store, on_message_recall},
    {"message.react", Lane::store, on_message_react},
    {"typing", Lane::store, on_typing},
    {"sync", Lane::store, on_sync},
    {"lobby.join", Lane::store, on_lobby_join},
    {"lobby.leave", Lane::io, on_lobby_leave},
    {"presence.watch", Lane::store, on_presence_watch},
    {"rooms.watch", Lane::store, on_rooms_watch},
    {"rooms.unwatch", Lane::io, on_rooms_unwatch},
    {"ping", Lane::io, on_ping},
    {"auth.refresh", Lane::io, on_auth_refresh},
}};

std::string_view view(const boost::json::string& text) {
  return {text.data(), text.size()};
}

void answer_error(Session& session, std::string_view id, const core::Error& error) {
  session.send([&](std::string& out) { append_error(out, id, error, {}); });
}

core::Error malformed(std::string detail) {
  return {errors::frame_malformed, std::move(detail)};
}

/// The envelope's `id`: absent (empty), or a string of 1 to 64 characters.
core::result<std::string> read_id(const boost::json::object& frame) {
  const auto* value = frame.if_contains("id");
  if (value == nullptr) return std::string();
  const auto* text = value->if_string();
  if (text == nullptr || text->empty() || core::count_code_points(view(*text)) > id_characters) {
    return malformed("id must be a string of 1 to 64 characters");
  }
  return std::string(view(*text));
}

void dispatch(Hub& hub, Session& session, const boost::json::object& frame) {
  auto id = read_id(frame);
  if (!id) return answer_error(session, {}, id.error());
  if (const auto wait = session.take_frame_token()) {
    return answer_error(session, *id, core::Error(errors::request_rate_limited, *wait));
  }
  const auto* type = frame.if_contains("type");
  if (type == nullptr || !type->is_string()) return answer_error(session, *id, malformed("type must be a string"));
  const auto* data = frame.if_contains("data");
  if (data == nullptr || !data->is_object()) return answer_error(session, *id, malformed("data must be an object"));

  const auto known = std::find_if(types.begin(), types.end(),
                                  [&](const FrameType& row) { return row.type == view(type->get_string()); });
  if (known == types.end()) return answer_error(session, *id, errors::frame_unknown_type);
  FrameCall call{hub, session, std::move(*id), data->get_object()};
  known->handle(call);
}

}  // namespace

std::span<const FrameType> frame_types() {
  return types;
}

void refuse(FrameCall& call, const core::Error& error, std::string_view client_msg_id) {
  call.session.send([&](std::string& out) { append_error(out, call.id, error, client_msg_id); });
}

void dispatch_frame(Hub& hub, Session& session, std::string_view text) {
  const auto frame = parse_json_object(text, hub.context().settings.json_depth);
  if (!frame) return answer_error(session, {}, malformed(std::string(frame.error().detail())));
  dispatch(hub, session, *frame);
}

void dispatch_protobuf_frame(Hub& hub, Session& session, std::string_view bytes) {
  const auto frame = proto::decode_frame(bytes, hub.context().settings.json_depth);
  if (!frame) return answer_error(session, {}, frame.error());
  dispatch(hub, session, *frame);
}

void on_ping(FrameCall& call) {
  call.session.send([&](std::string& out) {
    append_json_frame(out, "pong", call.id, [](core::JsonWriter& data) {
      data.begin_object().key("server_time").timestamp(core::now_ms()).end_object();
    });
  });
}

void on_auth_refresh(FrameCall& call) {
  JsonInput input(call.data, JsonInput::Unknown::ignore);
  const std::string token = input.string("access_token");
  if (const auto read = input.finish(); !read) return refuse(call, read.error());
  const Context& context = call.hub.context();
  const core::Timestamp now = core::now_ms();
  const auto principal = authenticate(token, context.signer, context.cache.revoked_sessions(), now);
  if (!principal) return refuse(call, principal.error());
  const user::Principal& mine = call.session.principal();
  if (principal->user_id != mine.user_id || principal->session_id != mine.session_id) {
    return refuse(call, core::Error(errors::auth_invalid_token, "the token is of another session"));
  }
  call.session.set_token_expiry(std::max(mine.expires_at, principal->expires_at));
  call.session.send([&](std::string& out) {
    append_json_frame(out, "auth.refreshed", call.id, [&](core::JsonWriter& data) {
      data.begin_object().field("expires_in", (call.session.principal().expires_at - now) / 1000).end_object();
    });
  });
}

}  // namespace netherlink::gateway::ws
