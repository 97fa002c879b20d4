// The WebSocket frame codec: whatever the bytes and wherever they are cut, it ends, stays inside its buffers, and gives
// the same events as for the whole.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "gateway/ws/frame_codec.hpp"

namespace {

using namespace netherlink::gateway::ws;

constexpr std::size_t message_limit = 300;

std::string run(std::string_view bytes, std::size_t piece) {
  FrameParser parser(message_limit);
  std::string log;
  while (!bytes.empty()) {
    // A buffer of exactly this size, so that the sanitizer sees a byte too far.
    std::vector<char> buffer(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(std::min(piece, bytes.size())));
    bytes.remove_prefix(buffer.size());
    std::span<char> input(buffer);
    while (true) {
      const FrameEvent event = parser.next(input);
      if (event.kind == FrameEvent::Kind::need_more) break;
      log += std::to_string(static_cast<int>(event.kind)) + ":" + std::to_string(event.code) + ":";
      log.append(event.payload) += ';';
      if (event.kind == FrameEvent::Kind::close || event.kind == FrameEvent::Kind::error) return log;
    }
  }
  return log;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string whole = run(bytes, bytes.size() + 1);
  if (run(bytes, 1) != whole || run(bytes, 1 + data[0] % 64) != whole) std::abort();
  return 0;
}
