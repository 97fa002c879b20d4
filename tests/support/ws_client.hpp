#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "support/http_client.hpp"

namespace netherlink::test {

/// The server did not answer the handshake with 101.
class HandshakeRefused : public std::runtime_error {
 public:
  explicit HandshakeRefused(HttpAnswer what)
      : std::runtime_error("handshake: " + std::to_string(what.status) + " " + what.body), answer(std::move(what)) {}
  HttpAnswer answer;
};

/// The server closed the socket while a frame was waited for.
class SocketClosed : public std::runtime_error {
 public:
  explicit SocketClosed(int close_code)
      : std::runtime_error("closed: " + std::to_string(close_code)), code(close_code) {}
  int code;  // 1006: without a close frame
};

/// A blocking RFC 6455 client. Every frame it receives is checked against api/asyncapi.yaml. Not thread-safe. With
/// NETHERLINK_TEST_ENCODING=protobuf in the environment, a client that asks for no subprotocol speaks
/// netherlink.v1.proto, and what a test sends and receives as JSON is translated here.
class WsClient {
 public:
  enum class TokenPlace { header, query, subprotocol, nowhere };
  struct Options {
    TokenPlace place = TokenPlace::header;
    std::string subprotocol;  // offered before bearer.<token>
    Headers headers;          // beside the handshake's own
    int receive_buffer = 0;   // SO_RCVBUF
    bool answer_pings = true;
    bool read_welcome = true;
  };

  /// Throws HandshakeRefused, ConnectionLost.
  WsClient(std::uint16_t port, const std::string& token, const Options& options);
  WsClient(std::uint16_t port, const std::string& token) : WsClient(port, token, Options()) {}

  const nlohmann::json& welcome() const { return welcome_; }  // its data
  const HttpAnswer& handshake() const { return handshake_; }

  /// Sends {type, id, data} and waits for the reply with that id, keeping what else comes. The reply may be an error.
  nlohmann::json request(std::string_view type, const nlohmann::json& data, milliseconds timeout = patience);
  /// request(), whose answer must be of type `expected`; gives its data.
  nlohmann::json ask(std::string_view type, const nlohmann::json& data, std::string_view expected);
  /// Without waiting; gives the id.
  std::string send(std::string_view type, const nlohmann::json& data);
  /// A text frame in JSON, whatever is spoken.
  void send_text(std::string_view text) { send_frame(0x1, text); }

  struct FrameBits {
    bool fin = true, masked = true;
    std::uint8_t reserved = 0;  // RSV1 is 4
  };
  void send_frame(std::uint8_t opcode, std::string_view payload, FrameBits bits);
  void send_frame(std::uint8_t opcode, std::string_view payload) { send_frame(opcode, payload, FrameBits()); }
  bool speaks_protobuf() const { return protobuf_; }
  void send_raw(std::string_view bytes) { socket_.send(bytes); }

  /// The next frame, kept ones first; nullopt when none comes in time. Throws SocketClosed.
  std::optional<nlohmann::json> receive(milliseconds timeout = patience);
  /// The first frame of this type for which `wanted` holds, keeping the others. Throws Timeout, SocketClosed.
  nlohmann::json expect(std::string_view type, const std::function<bool(const nlohmann::json&)>& wanted = {},
                        milliseconds timeout = patience);
  /// Frames of this type that came so far. A ping goes round first, so that all that was sent before is here.
  std::vector<nlohmann::json> collect(std::string_view type);

  /// Reads on until the server closes; frames are kept. 1006: without a close frame. Throws Timeout.
  int wait_close(milliseconds timeout = patience);
  /// Says goodbye and waits for the answer.
  int close(int code = 1000);
  /// Without goodbye.
  void drop() { socket_.reset(); }
  int pings() const { return pings_; }
  TcpSocket& socket() { return socket_; }
  std::deque<nlohmann::json>& kept() { return kept_; }

 private:
  std::optional<nlohmann::json> read_frame(milliseconds timeout);
  std::optional<nlohmann::json> on_message(std::uint8_t opcode, std::string payload);

  TcpSocket socket_;
  HttpAnswer handshake_;
  nlohmann::json welcome_;
  std::deque<nlohmann::json> kept_;
  bool protobuf_ = false, answer_pings_ = true, closing_ = false;
  int pings_ = 0, last_id_ = 0, close_code_ = 0;
};

}  // namespace netherlink::test
