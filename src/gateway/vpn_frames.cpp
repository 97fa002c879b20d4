#include "netherlink/gateway/vpn_frames.hpp"

#include <vector>

#include "gateway/vpn_json.hpp"

namespace netherlink::gateway {

void VpnFrames::updated(std::span<const Update> updates) {
  std::vector<im::PeopleEvent> events;
  for (const auto& update : updates) {
    if (update.users.empty()) continue;
    im::PeopleEvent event;
    event.users = update.users;
    event.type = "vpn.updated";
    core::JsonWriter data(event.data);
    data.begin_object().field("status", vpn::to_string(update.status));
    if (update.room) data.key("room_id").id(*update.room);
    if (update.peers) {
      data.key("peers");
      write_vpn_peers(data, *update.peers);
    }
    if (!update.control_url.empty()) data.field("control_url", update.control_url);
    if (!update.device.empty()) data.field("device", update.device);
    if (update.rejoin) data.field("rejoin", true);
    data.end_object();
    events.push_back(std::move(event));
  }
  if (!events.empty()) announcer_.tell(std::move(events));
}

}  // namespace netherlink::gateway
