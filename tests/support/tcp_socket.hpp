#pragma once

#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace netherlink::test {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

/// Generous: tests wait for what happens, not for time to pass; only a hanging server ever gets here.
constexpr milliseconds patience{20'000};

/// The peer is gone: closed, reset or refused.
class ConnectionLost : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Nothing came in time.
class Timeout : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A blocking TCP connection to 127.0.0.1 with deadlines, and what was read too far.
class TcpSocket {
 public:
  /// Throws ConnectionLost if nobody listens. `receive_buffer`: SO_RCVBUF, 0 leaves it as it is.
  explicit TcpSocket(std::uint16_t port, int receive_buffer = 0);
  ~TcpSocket();
  TcpSocket(TcpSocket&& other) noexcept;
  TcpSocket& operator=(TcpSocket&& other) noexcept;

  void send(std::string_view bytes);
  /// FIN; reading goes on.
  void shutdown_send();
  void close();
  /// RST instead of FIN.
  void reset();

  /// Up to and including `end`. Throws Timeout, ConnectionLost.
  std::string read_until(std::string_view end, milliseconds timeout = patience);
  std::string read_exactly(std::size_t count, milliseconds timeout = patience);
  /// Whatever is there first.
  std::string read_some(milliseconds timeout = patience);
  /// Until the peer closes.
  std::string read_to_end(milliseconds timeout = patience);
  void unread(std::string_view bytes) { buffer_.insert(0, bytes); }

  /// Something to read, or the end, is there now.
  bool readable(milliseconds timeout = milliseconds(0)) const;
  bool buffered() const { return !buffer_.empty(); }
  /// The peer closed, and nothing is left to read.
  bool at_end();

 private:
  void fill(Clock::time_point deadline);

  int fd_ = -1;
  std::string buffer_;
};

}  // namespace netherlink::test
