#pragma once

#include "netherlink/im/push.hpp"
#include "netherlink/vpn/ports.hpp"

namespace netherlink::gateway {

/// `vpn.updated`, to whom it concerns, on every replica: each frame is written once. Thread-safe; calls may block for a
/// moment.
class VpnFrames final : public vpn::VpnEvents {
 public:
  explicit VpnFrames(im::Announcer& announcer) : announcer_(announcer) {}

  void updated(std::span<const Update> updates) override;

 private:
  im::Announcer& announcer_;
};

}  // namespace netherlink::gateway
