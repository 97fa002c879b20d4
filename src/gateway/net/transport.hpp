#pragma once

#include <sys/uio.h>

#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <memory>
#include <span>
#include <string>

struct ssl_ctx_st;

namespace netherlink::gateway {

enum class IoStatus { ok, would_block, closed, failed };

struct IoResult {
  IoStatus status = IoStatus::ok;
  std::size_t bytes = 0;
};

/// One accepted socket, plain or TLS, never blocking: try, and when it would block wait for readiness. Holds no buffer
/// of its own beside OpenSSL's. Belongs to one I/O thread.
class Transport {
 public:
  virtual ~Transport();
  Transport() = default;
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  virtual IoResult read(std::span<char> into) = 0;
  /// Gathered; may write a part. After would_block the same bytes must come first again (TLS has sealed them).
  virtual IoResult write(std::span<const iovec> pieces) = 0;

  /// `handler` runs once on the I/O thread, never inside this call, with false when the wait was cancelled by close().
  /// One wait of each kind at a time. Under TLS, readable also means that OpenSSL holds decrypted bytes.
  virtual void wait_readable(std::function<void(bool)> handler) = 0;
  virtual void wait_writable(std::function<void(bool)> handler) = 0;

  /// Says goodbye where the protocol has a way to (FIN; TLS close_notify). Reading goes on.
  virtual void shutdown_send() = 0;
  /// Cancels the waits and closes. Idempotent. A wait that was over before may still say true.
  virtual void close() = 0;

  virtual std::string remote_address() const = 0;  // without the port; IPv4 as such, also on an IPv6 socket
  virtual bool secure() const = 0;

  /// Counts this transport in `open` (one more already) until it is destroyed, whoever owns it by then.
  void count_in(std::atomic<std::size_t>& open) { open_ = &open; }

 private:
  std::atomic<std::size_t>* open_ = nullptr;
};

std::unique_ptr<Transport> make_plain_transport(boost::asio::ip::tcp::socket socket);
std::unique_ptr<Transport> make_tls_transport(boost::asio::ip::tcp::socket socket, ssl_ctx_st& context);

}  // namespace netherlink::gateway
