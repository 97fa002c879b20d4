#include "netherlink/gateway/group_frames.hpp"

#include <vector>

#include "gateway/encode.hpp"
#include "gateway/people_event.hpp"
#include "netherlink/im/service.hpp"

namespace netherlink::gateway {
namespace {

/// As those of that role see the group.
im::PeopleEvent event(const im::Group& group, im::Role role, std::vector<core::UserId> users) {
  return people_event("group.updated", std::move(users), [&](core::JsonWriter& data) {
    data.begin_object().key("group");
    write_group(data, group, role);
    data.end_object();
  });
}

/// One for each role among `members`.
void add_events(const im::Group& group, std::span<const im::GroupMember> members,
                std::vector<im::PeopleEvent>& events) {
  for (const auto role : {im::Role::member, im::Role::admin, im::Role::owner}) {
    std::vector<core::UserId> users;
    for (const auto& member : members) {
      if (member.role == role) users.push_back(member.user_id);
    }
    if (!users.empty()) events.push_back(event(group, role, std::move(users)));
  }
}

}  // namespace

void GroupFrames::tell_notices(std::span<const std::int64_t> ids) {
  chat_.tell_notices(ids);
}

void GroupFrames::updated(const im::GroupRepository::Led& led) {
  std::vector<im::PeopleEvent> events;
  events.push_back(event(led.group, im::Role::member, {}));
  events.back().conversation = led.group.conversation().text;
  for (const auto& leader : led.leaders) events.back().except_users.push_back(leader.user_id);
  add_events(led.group, led.leaders, events);
  announcer_.tell(std::move(events));
}

void GroupFrames::updated_for(const im::Group& group, std::span<const im::GroupMember> members) {
  std::vector<im::PeopleEvent> events;
  add_events(group, members, events);
  announcer_.tell(std::move(events));
}

}  // namespace netherlink::gateway
