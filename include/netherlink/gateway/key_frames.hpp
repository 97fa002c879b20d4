#pragma once

#include "netherlink/e2e/ports.hpp"
#include "netherlink/im/push.hpp"

namespace netherlink::gateway {

/// `e2e.devices_updated` and `e2e.keys_low`, to whom they concern, on every replica: each frame is written once.
/// Thread-safe; calls may block for a moment.
class KeyFrames final : public e2e::KeyEvents {
 public:
  explicit KeyFrames(im::Announcer& announcer) : announcer_(announcer) {}

  void devices_changed(const ListChange& change) override;
  void keys_low(std::span<const Shortage> shortages) override;

 private:
  im::Announcer& announcer_;
};

}  // namespace netherlink::gateway
