#pragma once

#include "netherlink/im/group_ports.hpp"
#include "netherlink/im/push.hpp"

namespace netherlink::im {
class ChatService;
}

namespace netherlink::gateway {

/// Tells the devices of members, on every replica, what a group is like now. Thread-safe; calls may block for a moment.
class GroupFrames final : public im::GroupEvents {
 public:
  GroupFrames(im::Announcer& announcer, im::ChatService& chat) : announcer_(announcer), chat_(chat) {}

  void tell_notices(std::span<const std::int64_t> ids) override;
  void updated(const im::GroupRepository::Led& group) override;
  void updated_for(const im::Group& group, std::span<const im::GroupMember> members) override;

 private:
  im::Announcer& announcer_;
  im::ChatService& chat_;
};

}  // namespace netherlink::gateway
