#pragma once

#include <boost/json/object.hpp>
#include <span>
#include <string>
#include <string_view>

#include "gateway/http/router.hpp"
#include "gateway/ws/hub.hpp"

namespace netherlink::gateway::ws {

/// One frame of a client. Valid during the call.
struct FrameCall {
  Hub& hub;
  Session& session;
  std::string id;  // empty: it has none
  const boost::json::object& data;
};

/// One row of the table of frames, which is data: api/asyncapi.yaml is compared with it. Every handler begins on the
/// I/O thread; `lane` says where its work is done. One that blocks pauses its session until it has answered.
struct FrameType {
  std::string_view type;
  Lane lane = Lane::io;
  void (*handle)(FrameCall& call);
};

std::span<const FrameType> frame_types();

/// Does what the frame asks for, or answers `error`. The socket stays open either way.
void dispatch_frame(Hub& hub, Session& session, std::string_view text);
/// The same with a Frame of proto/netherlink/v1/frames.proto.
void dispatch_protobuf_frame(Hub& hub, Session& session, std::string_view bytes);

/// Answers `error`.
void refuse(FrameCall& call, const core::Error& error, std::string_view client_msg_id = {});

/// Gives a command that was prepared to its partition, or answers why not. `number`: of the open request.
void submit(FrameCall& call, std::uint32_t number, core::result<im::CommandPtr> prepared);
/// Takes one message off the sender's budget, or says how long to wait.
std::optional<milliseconds> message_wait(Context& context, im::UserId sender);

void on_message_send(FrameCall& call);
void on_message_received(FrameCall& call);
void on_message_read(FrameCall& call);
void on_message_edit(FrameCall& call);
void on_message_recall(FrameCall& call);
void on_message_react(FrameCall& call);
void on_typing(FrameCall& call);
void on_sync(FrameCall& call);
void on_lobby_join(FrameCall& call);
void on_lobby_leave(FrameCall& call);
void on_presence_watch(FrameCall& call);
void on_rooms_watch(FrameCall& call);
void on_rooms_unwatch(FrameCall& call);
void on_ping(FrameCall& call);
void on_auth_refresh(FrameCall& call);

}  // namespace netherlink::gateway::ws
