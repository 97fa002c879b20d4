#include "gateway/ws/protobuf_frames.hpp"

#include <algorithm>

#include "gateway/proto/encode.hpp"
#include "gateway/ws/frame_codec.hpp"

namespace netherlink::gateway::ws {
namespace {

/// Calls `visit(end)` with the end of each frame in `frames`, behind its twin.
template <class Visit>
void transcode(std::string& out, std::string_view frames, Visit visit) {
  for (std::size_t at = 0; at < frames.size();) {
    const std::string_view rest = frames.substr(at);
    const std::size_t size = frame_size(rest);
    const auto [opcode, payload] = first_frame(rest);
    if (opcode == Opcode::text) {
      const std::size_t start = begin_frame(out);
      proto::append_frame(out, payload);
      end_frame(out, start, Opcode::binary);
    } else {
      out += rest.substr(0, size);
    }
    at += size;
    visit(at);
  }
}

}  // namespace

void append_as_protobuf(std::string& out, std::string_view frames) {
  transcode(out, frames, [](std::size_t) {});
}

ProtobufTwin::ProtobufTwin(std::string_view frames) {
  auto text = std::make_shared<std::string>();
  transcode(*text, frames, [&](std::size_t end) {
    ends.emplace_back(static_cast<std::uint32_t>(end), static_cast<std::uint32_t>(text->size()));
  });
  const std::string_view view = *text;
  chunk = ChunkRef(new Chunk(std::move(text), view));
}

std::size_t ProtobufTwin::place(std::size_t original) const {
  if (original == 0) return 0;
  return std::ranges::lower_bound(ends, original, {}, [](const auto& end) { return end.first; })->second;
}

}  // namespace netherlink::gateway::ws
