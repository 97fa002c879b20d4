#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "bench/client/endpoint.hpp"
#include "bench/client/ws_frame.hpp"
#include "bench/support/event_loop.hpp"

namespace netherlink::bench {

class WsConnection;

/// How a connection ended. `code` is the status of the server's close frame, 1006 without one, or the HTTP status of a
/// refused handshake.
struct WsEnd {
  std::uint16_t code = 1006;
  std::string reason;
};

/// Receives what happens on a connection. Must outlive it.
class WsListener {
 public:
  virtual ~WsListener() = default;
  virtual void on_open(WsConnection&) {}
  /// A complete text message; the view ends with the call.
  virtual void on_text(WsConnection&, std::string_view text) = 0;
  /// Once, unless it was we who dropped it. The connection may be connected again at once.
  virtual void on_end(WsConnection&, const WsEnd& end) = 0;
};

/// A WebSocket client: handshake, frames, pongs by itself. What is sent during a turn of the loop leaves in one send().
class WsConnection final : public EventHandler {
 public:
  WsConnection(EventLoop& loop, WsListener& listener, std::uint32_t index);
  ~WsConnection() override;
  WsConnection(const WsConnection&) = delete;
  WsConnection& operator=(const WsConnection&) = delete;

  /// `protobuf`: the server's frames come in the other encoding; the listener gets what proto_as_json makes of them.
  void connect(const Endpoint& endpoint, std::string_view token, bool protobuf = false);
  void send_text(std::string_view text);
  /// Says goodbye (1000) and waits for the server's answer: on_end follows.
  void close();
  /// Vanishes as a cut cable would: no close frame, RST. No on_end.
  void drop();

  bool open() const { return state_ == State::open; }
  bool idle() const { return state_ == State::idle; }
  /// The caller's number of this connection.
  std::uint32_t index() const { return index_; }
  std::uint64_t reads() const { return reads_; }
  std::uint64_t bytes_read() const { return bytes_read_; }
  std::uint64_t pings_answered() const { return pings_answered_; }

 private:
  enum class State : std::uint8_t { idle, connecting, upgrading, open, closing };

  void on_ready(std::uint32_t events) override;
  void on_flush() override;
  void on_connected();
  void read();
  std::size_t consume(std::string_view input);
  bool consume_upgrade(std::string_view& input);
  void on_frame(const FrameView& frame);
  void append(Opcode opcode, std::string_view payload);
  void end(const WsEnd& reason);
  void release();

  EventLoop& loop_;
  WsListener& listener_;
  FileDescriptor fd_;
  std::string out_;         // not sent yet
  std::string partial_;     // a frame that has not arrived completely
  std::string fragments_;   // of a message in several frames
  std::string translated_;  // a frame of netherlink.v1.proto
  std::uint64_t reads_ = 0, bytes_read_ = 0;
  std::uint64_t pings_answered_ = 0;
  std::uint32_t generation_ = 0;  // of the socket: a handler may connect again while a read is being worked on
  std::uint32_t mask_;
  std::uint32_t index_;
  State state_ = State::idle;
  bool want_write_ = false;
};

}  // namespace netherlink::bench
