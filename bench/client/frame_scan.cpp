#include "bench/client/frame_scan.hpp"

#include <array>

namespace netherlink::bench {

namespace {

struct Name {
  std::string_view type;
  FrameKind kind;
};

constexpr std::array names{Name{"message.new", FrameKind::message_new},
                           Name{"message.ack", FrameKind::message_ack},
                           Name{"welcome", FrameKind::welcome},
                           Name{"sync.result", FrameKind::sync_result},
                           Name{"messages.available", FrameKind::available},
                           Name{"error", FrameKind::error},
                           Name{"draining", FrameKind::draining},
                           Name{"pong", FrameKind::pong}};

}  // namespace

FrameKind kind_of(std::string_view frame) {
  const auto type = FrameScan(frame).string("\"type\":");
  if (!type) return FrameKind::other;
  for (const Name& name : names) {
    if (*type == name.type) return name.kind;
  }
  return FrameKind::other;
}

}  // namespace netherlink::bench
