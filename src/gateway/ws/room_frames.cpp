// rooms.watch, rooms.unwatch.
#include "netherlink/gateway/room_frames.hpp"
#include "gateway/json_input.hpp"
#include "gateway/room_input.hpp"
#include "gateway/ws/frames.hpp"
#include "gateway/ws/server_frames.hpp"

namespace netherlink::gateway::ws {

/// Nothing else of the session is read until the replica has said that it wants to hear of rooms: what is done next is
/// watched.
void on_rooms_watch(FrameCall& call) {
  JsonInput input(call.data, JsonInput::Unknown::ignore);
  auto filter = read_room_filter(input, "filter");
  if (const auto complete = input.finish(); !complete) return refuse(call, complete.error());
  call.session.pause(Session::job);
  const bool accepted = call.hub.run_on_store(
      call.session.handle(), [&hub = call.hub, filter = std::move(filter), request = call.id]() -> Hub::Continuation {
        auto interest = hub.context().chat.watch_list(room_list);
        return [&hub, filter, request, interest](Session& session) {
          session.resume(Session::job);
          hub.room_watches().watch(session, filter, interest);
          session.send([&](std::string& out) { append_ok(out, request); });
        };
      });
  if (accepted) return;
  call.session.resume(Session::job);
  refuse(call, core::Error(errors::server_overloaded, std::chrono::milliseconds(1000)));
}

void on_rooms_unwatch(FrameCall& call) {
  call.hub.room_watches().drop(call.session);
  call.session.send([&](std::string& out) { append_ok(out, call.id); });
}

}  // namespace netherlink::gateway::ws
