#include "bench/client/ws_connection.hpp"

#include <sys/socket.h>

#include <algorithm>

#include "bench/client/proto_frame.hpp"
#include "bench/support/failure.hpp"

namespace netherlink::bench {

namespace {
constexpr std::size_t message_limit = 16 * 1024 * 1024;
}  // namespace

WsConnection::WsConnection(EventLoop& loop, WsListener& listener, std::uint32_t index)
    : loop_(loop), listener_(listener), mask_(index * 2654435761U + 0x9e3779b9U), index_(index) {}

WsConnection::~WsConnection() {
  release();
}

void WsConnection::connect(const Endpoint& endpoint, std::string_view token, bool protobuf) {
  release();
  fd_ = connect_to(endpoint);
  state_ = State::connecting;
  want_write_ = true;
  loop_.add(fd_.get(), *this, EPOLLOUT);
  out_.append("GET /ws HTTP/1.1\r\nHost: ").append(endpoint.host);
  out_.append("\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n");
  out_.append("Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
  if (!token.empty()) out_.append("Authorization: Bearer ").append(token).append("\r\n");
  if (protobuf) out_.append("Sec-WebSocket-Protocol: netherlink.v1.proto\r\n");
  out_.append("\r\n");
}

void WsConnection::append(Opcode opcode, std::string_view payload) {
  mask_ = mask_ * 1664525U + 1013904223U;
  append_client_frame(out_, opcode, payload, mask_);
  loop_.mark_dirty(*this);
}

void WsConnection::send_text(std::string_view text) {
  if (state_ == State::open) append(Opcode::text, text);
}

void WsConnection::close() {
  if (state_ != State::open) return;
  append(Opcode::close, std::string_view("\x03\xe8", 2));
  state_ = State::closing;
}

void WsConnection::drop() {
  if (fd_) {
    const linger reset{1, 0};
    setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
  }
  release();
}

void WsConnection::release() {
  if (fd_) loop_.remove(fd_.get(), *this);
  fd_.reset();
  out_.clear();
  partial_.clear();
  fragments_.clear();
  ++generation_;
  state_ = State::idle;
  want_write_ = false;
}

void WsConnection::end(const WsEnd& reason) {
  release();
  listener_.on_end(*this, reason);
}

void WsConnection::on_ready(std::uint32_t events) {
  if (state_ == State::connecting) return on_connected();
  const auto generation = generation_;
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) read();
  if (generation == generation_ && (events & EPOLLOUT) != 0) on_flush();
}

void WsConnection::on_connected() {
  int error = 0;
  socklen_t size = sizeof error;
  getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return end({1006, std::string("connect: ") + std::strerror(error)});
  state_ = State::upgrading;
  on_flush();
}

void WsConnection::on_flush() {
  if (!fd_ || state_ == State::connecting) return;
  std::size_t sent = 0;
  while (sent < out_.size()) {
    const ssize_t n = send(fd_.get(), out_.data() + sent, out_.size() - sent, MSG_NOSIGNAL);
    if (n < 0) {
      if (errno == EAGAIN || errno == EINTR) break;
      return;  // the reading side will tell, with the server's reason if it gave one
    }
    sent += static_cast<std::size_t>(n);
  }
  if (sent == out_.size()) {
    out_.clear();
    if (out_.capacity() > 64 * 1024) out_.shrink_to_fit();
  } else {
    out_.erase(0, sent);
  }
  const bool want = !out_.empty();
  if (want == want_write_) return;
  want_write_ = want;
  loop_.modify(fd_.get(), *this, want ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

void WsConnection::read() {
  auto buffer = loop_.read_buffer();
  const std::size_t kept = partial_.size();
  if (kept + 4096 > buffer.size()) return end({1006, "a frame larger than the read buffer"});
  std::copy(partial_.begin(), partial_.end(), buffer.begin());
  const ssize_t n = recv(fd_.get(), buffer.data() + kept, buffer.size() - kept, 0);
  if (n < 0) {
    if (errno == EAGAIN || errno == EINTR) return;
    return end({1006, std::string("recv: ") + std::strerror(errno)});
  }
  if (n == 0) return end({1006, "end of stream without a close frame"});
  ++reads_;
  bytes_read_ += static_cast<std::uint64_t>(n);
  const std::string_view input(buffer.data(), kept + static_cast<std::size_t>(n));
  const auto generation = generation_;
  const std::size_t used = consume(input);
  if (generation != generation_) return;  // ended, or connected again, by a handler
  if (used == input.size()) {
    if (kept != 0) partial_ = std::string();
  } else {
    partial_.assign(input.substr(used));
  }
}

std::size_t WsConnection::consume(std::string_view input) {
  const std::size_t total = input.size();
  const auto generation = generation_;
  if (state_ == State::upgrading && !consume_upgrade(input)) return total - input.size();
  FrameView frame;
  while (generation == generation_) {
    const FrameStatus status = take_frame(input, frame);
    if (status == FrameStatus::partial) break;
    if (status == FrameStatus::invalid) {
      end({1006, "the server broke RFC 6455"});
      break;
    }
    on_frame(frame);
  }
  return total - input.size();
}

bool WsConnection::consume_upgrade(std::string_view& input) {
  const auto head_end = input.find("\r\n\r\n");
  if (head_end == input.npos) return false;
  if (!input.starts_with("HTTP/1.1 101 ")) {
    const auto digits = input.size() > 12 ? input.substr(9, 3) : std::string_view("0");
    const auto body = input.substr(head_end + 4);
    end({static_cast<std::uint16_t>(std::atoi(std::string(digits).c_str())),
         "handshake refused: " + std::string(body)});
    return false;
  }
  // The answer to the fixed Sec-WebSocket-Key: RFC 6455, section 1.3.
  if (input.substr(0, head_end).find("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") == input.npos) {
    end({1006, "wrong Sec-WebSocket-Accept"});
    return false;
  }
  input.remove_prefix(head_end + 4);
  state_ = State::open;
  const auto generation = generation_;
  listener_.on_open(*this);
  return generation == generation_;
}

void WsConnection::on_frame(const FrameView& frame) {
  switch (frame.opcode) {
    case Opcode::text:
      if (frame.final) return listener_.on_text(*this, frame.payload);
      fragments_.assign(frame.payload);
      return;
    case Opcode::continuation: {
      fragments_.append(frame.payload);
      if (fragments_.size() > message_limit) return end({1006, "a message that never ends"});
      if (!frame.final) return;
      const std::string message = std::move(fragments_);
      fragments_.clear();
      return listener_.on_text(*this, message);
    }
    case Opcode::ping:
      ++pings_answered_;
      return append(Opcode::pong, frame.payload);
    case Opcode::pong:
      return;
    case Opcode::close: {
      WsEnd reason{1005, {}};
      if (frame.payload.size() >= 2) {
        reason.code = static_cast<std::uint16_t>(static_cast<std::uint8_t>(frame.payload[0]) << 8 |
                                                 static_cast<std::uint8_t>(frame.payload[1]));
        reason.reason = frame.payload.substr(2);
      }
      if (state_ == State::open) {
        append(Opcode::close, frame.payload.substr(0, 2));
        on_flush();
      }
      return end(reason);
    }
    case Opcode::binary:
      if (const auto text = proto_as_json(frame.payload, translated_); !text.empty()) listener_.on_text(*this, text);
      return;
  }
  end({1006, "an unexpected kind of frame"});
}

}  // namespace netherlink::bench
