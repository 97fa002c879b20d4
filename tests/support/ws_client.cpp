#include "support/ws_client.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "support/protobuf_frames.hpp"
#include "support/secrets.hpp"

namespace netherlink::test {
namespace {

using nlohmann::json;

constexpr std::uint8_t text_opcode = 0x1, binary_opcode = 0x2, close_opcode = 0x8, ping_opcode = 0x9, pong_opcode = 0xA;
// The worked example of RFC 6455 section 1.3.
constexpr std::string_view key = "dGhlIHNhbXBsZSBub25jZQ==", accept_value = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

constexpr std::string_view protobuf = "netherlink.v1.proto";

bool prefers_protobuf() {
  const char* const encoding = std::getenv("NETHERLINK_TEST_ENCODING");
  return encoding != nullptr && std::string_view(encoding) == "protobuf";
}

std::string handshake_request(const std::string& token, const WsClient::Options& options) {
  std::string target = "/ws", protocols = options.subprotocol, more;
  using Place = WsClient::TokenPlace;
  if (options.place == Place::query) target += "?token=" + token;
  if (options.place == Place::header) more += "Authorization: Bearer " + token + "\r\n";
  if (options.place == Place::subprotocol) {
    protocols = (protocols.empty() ? "netherlink.v1.json" : protocols) + ", bearer." + token;
  }
  if (!protocols.empty()) more += "Sec-WebSocket-Protocol: " + protocols + "\r\n";
  for (const auto& [name, value] : options.headers) more += name + ": " + value + "\r\n";
  return "GET " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
         "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + std::string(key) + "\r\n" + more + "\r\n";
}

std::string encode(std::uint8_t opcode, std::string_view payload, WsClient::FrameBits bits) {
  std::string frame;
  frame.push_back(static_cast<char>((bits.fin ? 0x80 : 0) | (bits.reserved << 4) | opcode));
  const auto mask_bit = bits.masked ? 0x80 : 0;
  const auto put = [&frame](std::size_t value, int bytes) {
    for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) frame.push_back(static_cast<char>(value >> shift));
  };
  if (payload.size() < 126) {
    frame.push_back(static_cast<char>(mask_bit | static_cast<int>(payload.size())));
  } else if (payload.size() < 65536) {
    frame.push_back(static_cast<char>(mask_bit | 126));
    put(payload.size(), 2);
  } else {
    frame.push_back(static_cast<char>(mask_bit | 127));
    put(payload.size(), 8);
  }
  if (!bits.masked) return frame.append(payload);
  constexpr std::array<char, 4> mask{0x12, 0x34, 0x56, 0x78};
  frame.append(mask.begin(), mask.end());
  for (std::size_t i = 0; i < payload.size(); ++i) frame.push_back(static_cast<char>(payload[i] ^ mask[i % 4]));
  return frame;
}

std::size_t big_endian(std::string_view bytes) {
  std::size_t value = 0;
  for (const auto byte : bytes) value = value << 8 | static_cast<unsigned char>(byte);
  return value;
}

struct Frame {
  std::uint8_t opcode = 0;
  std::string payload;
};

/// The server may neither mask nor fragment nor set reserved bits: ours never needs to.
Frame read_raw(TcpSocket& socket, milliseconds timeout) {
  const auto head = socket.read_exactly(2, timeout);
  const auto first = static_cast<unsigned char>(head[0]), second = static_cast<unsigned char>(head[1]);
  if ((first & 0xF0) != 0x80 || (second & 0x80) != 0) throw ContractViolation("bad frame head from the server");
  std::size_t size = second;
  if (second == 126) size = big_endian(socket.read_exactly(2));
  if (second == 127) size = big_endian(socket.read_exactly(8));
  return {static_cast<std::uint8_t>(first & 0x0F), socket.read_exactly(size)};
}

}  // namespace

WsClient::WsClient(std::uint16_t port, const std::string& token, const Options& options)
    : socket_(port, options.receive_buffer),
      protobuf_(options.subprotocol == protobuf || (options.subprotocol.empty() && prefers_protobuf())),
      answer_pings_(options.answer_pings) {
  Options asked = options;
  if (protobuf_) asked.subprotocol = protobuf;
  socket_.send(handshake_request(token, asked));
  handshake_ = HttpClient::receive_from(socket_, "GET", "/ws");
  if (handshake_.status != 101) throw HandshakeRefused(handshake_);
  if (handshake_.header("sec-websocket-accept") != accept_value) throw ContractViolation("wrong Sec-WebSocket-Accept");
  if (!options.read_welcome) return;
  const auto first = read_frame(patience);
  if (!first || first->at("type") != "welcome") throw ContractViolation("the first frame is not welcome");
  welcome_ = first->at("data");
}

std::string WsClient::send(std::string_view type, const json& data) {
  Secrets::get().note(data);
  const auto id = std::to_string(++last_id_);
  const json frame{{"type", type}, {"id", id}, {"data", data}};
  if (protobuf_) {
    send_frame(binary_opcode, to_protobuf(frame));
  } else {
    send_text(frame.dump());
  }
  return id;
}

json WsClient::request(std::string_view type, const json& data, milliseconds timeout) {
  const auto id = send(type, data);
  const auto deadline = Clock::now() + timeout;
  while (true) {
    auto frame = read_frame(std::chrono::ceil<milliseconds>(deadline - Clock::now()));
    if (!frame) throw Timeout("no reply to " + std::string(type));
    if (frame->value("id", std::string()) != id) {
      kept_.push_back(std::move(*frame));
      continue;
    }
    if (frame->at("type") != "error")
      Descriptions::get().check_accepted_frame({{"type", type}, {"id", id}, {"data", data}});
    return *frame;
  }
}

json WsClient::ask(std::string_view type, const json& data, std::string_view expected) {
  const auto reply = request(type, data);
  if (reply.at("type") != expected) throw ContractViolation(std::string(type) + " was answered with " + reply.dump());
  return reply.at("data");
}

void WsClient::send_frame(std::uint8_t opcode, std::string_view payload, FrameBits bits) {
  socket_.send(encode(opcode, payload, bits));
}

std::optional<json> WsClient::on_message(std::uint8_t opcode, std::string payload) {
  if (opcode == ping_opcode) {
    ++pings_;
    if (answer_pings_) send_frame(pong_opcode, payload);
    return std::nullopt;
  }
  if (opcode == pong_opcode) return std::nullopt;
  if (opcode == close_opcode) {
    close_code_ = payload.size() >= 2 ? static_cast<int>(big_endian(std::string_view(payload).substr(0, 2))) : 1005;
    if (!closing_) send_frame(close_opcode, payload.substr(0, 2));
    throw SocketClosed(close_code_);
  }
  if (opcode != (protobuf_ ? binary_opcode : text_opcode)) throw ContractViolation("a message of the wrong kind");
  auto frame = protobuf_ ? from_protobuf(payload) : json::parse(payload, nullptr, false);
  if (frame.is_discarded()) throw ContractViolation("a message that is not JSON: " + payload);
  Descriptions::get().check_server_frame(frame);
  return frame;
}

std::optional<json> WsClient::read_frame(milliseconds timeout) {
  const auto deadline = Clock::now() + timeout;
  if (close_code_ != 0) throw SocketClosed(close_code_);
  try {
    do {
      if (!socket_.readable(std::chrono::ceil<milliseconds>(deadline - Clock::now()))) return std::nullopt;
      auto [opcode, payload] = read_raw(socket_, patience);
      if (auto frame = on_message(opcode, std::move(payload))) return frame;
    } while (Clock::now() < deadline);
  } catch (const ConnectionLost&) {
    close_code_ = close_code_ == 0 ? 1006 : close_code_;
    throw SocketClosed(close_code_);
  }
  return std::nullopt;
}

std::optional<json> WsClient::receive(milliseconds timeout) {
  if (kept_.empty()) return read_frame(timeout);
  auto frame = std::move(kept_.front());
  kept_.pop_front();
  return frame;
}

json WsClient::expect(std::string_view type, const std::function<bool(const json&)>& wanted, milliseconds timeout) {
  const auto fits = [&](const json& frame) {
    return frame.at("type") == type && (!wanted || wanted(frame.at("data")));
  };
  if (const auto found = std::find_if(kept_.begin(), kept_.end(), fits); found != kept_.end()) {
    auto frame = std::move(*found);
    kept_.erase(found);
    return frame.at("data");
  }
  const auto deadline = Clock::now() + timeout;
  while (true) {
    auto frame = read_frame(std::chrono::ceil<milliseconds>(deadline - Clock::now()));
    if (!frame) throw Timeout("no frame " + std::string(type) + " came");
    if (fits(*frame)) return frame->at("data");
    kept_.push_back(std::move(*frame));
  }
}

std::vector<json> WsClient::collect(std::string_view type) {
  ask("ping", json::object(), "pong");
  std::vector<json> found;
  for (auto at = kept_.begin(); at != kept_.end();) {
    if (at->at("type") == type) {
      found.push_back(at->at("data"));
      at = kept_.erase(at);
    } else {
      ++at;
    }
  }
  return found;
}

int WsClient::wait_close(milliseconds timeout) {
  const auto deadline = Clock::now() + timeout;
  try {
    while (true) {
      auto frame = read_frame(std::chrono::ceil<milliseconds>(deadline - Clock::now()));
      if (!frame && Clock::now() >= deadline) throw Timeout("the socket stays open");
      if (frame) kept_.push_back(std::move(*frame));
    }
  } catch (const SocketClosed& closed) {
    return closed.code;
  }
}

int WsClient::close(int code) {
  closing_ = true;
  const std::array<char, 2> payload{static_cast<char>(code >> 8), static_cast<char>(code)};
  send_frame(close_opcode, {payload.data(), payload.size()});
  return wait_close();
}

}  // namespace netherlink::test
