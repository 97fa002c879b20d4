#include "netherlink/gateway/key_frames.hpp"

#include <vector>

#include "netherlink/core/json_writer.hpp"

namespace netherlink::gateway {

void KeyFrames::devices_changed(const ListChange& change) {
  im::PeopleEvent event;
  event.users = change.told;
  event.type = "e2e.devices_updated";
  core::JsonWriter data(event.data);
  data.begin_object().key("user_id").id(change.user_id).field("version", change.version).end_object();
  announcer_.tell(std::move(event));
}

void KeyFrames::keys_low(std::span<const Shortage> shortages) {
  std::vector<im::PeopleEvent> events;
  for (const auto& shortage : shortages) {
    auto& event = events.emplace_back();
    event.users = {shortage.user_id};
    event.type = "e2e.keys_low";
    core::JsonWriter data(event.data);
    data.begin_object().key("device_id").id(shortage.device_id).field("one_time_keys", shortage.one_time_keys);
    data.field("pre_key_used", shortage.pre_key_used).end_object();
  }
  announcer_.tell(std::move(events));
}

}  // namespace netherlink::gateway
