// presence.watch.
#include "gateway/json_input.hpp"
#include "gateway/ws/frames.hpp"

namespace netherlink::gateway::ws {

void on_presence_watch(FrameCall& call) {
  JsonInput input(call.data, JsonInput::Unknown::ignore);
  const auto most = call.hub.context().settings.max_watched;
  if (!input.has("user_ids")) input.fail("user_ids", "is required");
  auto users = input.ids("user_ids", most);
  if (const auto complete = input.finish(); !complete) return refuse(call, complete.error());
  if (call.hub.watches().watch(call.session, std::move(users), call.id)) return;
  refuse(call, core::Error(errors::server_overloaded, std::chrono::milliseconds(1000)));
}

}  // namespace netherlink::gateway::ws
