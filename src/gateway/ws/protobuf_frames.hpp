#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gateway/ws/out_queue.hpp"

namespace netherlink::gateway::ws {

/// Appends whole frames of the server as a session of netherlink.v1.proto gets them: text becomes a binary Frame, the
/// rest stays.
void append_as_protobuf(std::string& out, std::string_view frames);

/// Frames of a chunk in the other encoding, for all sessions of the I/O thread.
struct ProtobufTwin {
  explicit ProtobufTwin(std::string_view frames);

  /// Where what ends (or begins) at this byte of the original does so here. It is a boundary between frames.
  std::size_t place(std::size_t original) const;

  ChunkRef chunk;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> ends;  // of each frame: there, here
};

}  // namespace netherlink::gateway::ws
