#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace netherlink::gateway::ws {

/// RFC 6455, section 5.2.
enum class Opcode : std::uint8_t { continuation = 0, text = 1, binary = 2, close = 8, ping = 9, pong = 10 };

/// RFC 6455, section 7.4.1, and those of docs/protocol.md.
namespace close_code {
inline constexpr std::uint16_t normal = 1000, going_away = 1001, protocol_error = 1002, unsupported_data = 1003,
                               invalid_payload = 1007, policy = 1008, too_big = 1009, internal_error = 1011,
                               try_again_later = 1013, token_expired = 4001, session_revoked = 4002,
                               heartbeat_missed = 4003, too_slow = 4004;
}

/// What FrameParser::next found.
struct FrameEvent {
  enum class Kind : std::uint8_t { need_more, text, binary, ping, pong, close, error };
  Kind kind = Kind::need_more;
  std::uint16_t code = 0;    // close: the peer's code, 0 if it gave none; error: what to close with
  std::string_view payload;  // a whole message, or the control frame's; of close: the reason. Until the next call
};

/// The server's side of RFC 6455 section 5, incremental and strict: every rule broken is an error at the first byte
/// that shows it. Works on the reader's own buffer, where it removes the masks; keeps memory only while a frame or a
/// fragmented message is cut. Not thread-safe.
class FrameParser {
 public:
  /// `message_limit`: bytes of a message, all fragments together; above it 1009, as soon as a header says so.
  explicit FrameParser(std::size_t message_limit);
  ~FrameParser();
  FrameParser(FrameParser&&) noexcept;
  FrameParser& operator=(FrameParser&&) noexcept;

  /// Takes from the front of `input` until there is one event, or nothing is left (need_more). After `error` or `close`
  /// it must not be called again.
  FrameEvent next(std::span<char>& input);

  /// True while a frame or message is cut and its beginning is kept here.
  bool holds_partial() const { return partial_ != nullptr; }

 private:
  struct Header;
  struct Partial;

  FrameEvent next_cut(std::span<char>& input);
  FrameEvent take_payload(std::span<char>& input);
  FrameEvent finish_frame();
  std::uint16_t check(const Header& header) const;

  std::size_t message_limit_;
  std::unique_ptr<Partial> partial_;
};

/// XORs `data` with the mask; `offset`: how far into the payload `data` begins.
void unmask(std::span<char> data, std::array<unsigned char, 4> mask, std::size_t offset);

/// May a peer send this code in a close frame? (RFC 6455 section 7.4 and the IANA registry)
bool is_valid_close_code(std::uint16_t code);

/// Appends an unmasked frame with FIN.
void append_frame(std::string& out, Opcode opcode, std::string_view payload);
void append_close_frame(std::string& out, std::uint16_t code, std::string_view reason = {});

/// A frame whose payload is appended to `out` between the two calls. `start`: what begin answered.
std::size_t begin_frame(std::string& out);
void end_frame(std::string& out, std::size_t start, Opcode opcode = Opcode::text);

/// Bytes of the complete server frame at the front of `frames`, header included.
std::size_t frame_size(std::string_view frames);
/// The same frame, taken apart.
struct SentFrame {
  Opcode opcode = Opcode::text;
  std::string_view payload;
};
SentFrame first_frame(std::string_view frames);

}  // namespace netherlink::gateway::ws
