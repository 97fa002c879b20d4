#include "netherlink/gateway/vpn_frames.hpp"

#include <vector>

#include "gateway/people_event.hpp"
#include "gateway/vpn_json.hpp"

namespace netherlink::gateway {
namespace {

void write_update(core::JsonWriter& data, const vpn::VpnEvents::Update& update) {
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
}

}  // namespace

void VpnFrames::updated(std::span<const Update> updates) {
  std::vector<im::PeopleEvent> events;
  for (const auto& update : updates) {
    if (update.users.empty()) continue;
    events.push_back(
        people_event("vpn.updated", update.users, [&](core::JsonWriter& data) { write_update(data, update); }));
  }
  if (!events.empty()) announcer_.tell(std::move(events));
}

}  // namespace netherlink::gateway
