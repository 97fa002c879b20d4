#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstring>
#include <vector>

#include "gateway/net/socket_transport.hpp"

namespace netherlink::gateway {
namespace {

using boost::asio::ip::tcp;

constexpr std::size_t record_bytes = 16 * 1024;  // the largest TLS record

struct SslDeleter {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};

/// OpenSSL works on the descriptor itself; the handshake happens inside the first reads and writes. Waiting to read may
/// then mean waiting to write, and the other way round.
class TlsTransport final : public SocketTransport {
 public:
  TlsTransport(tcp::socket socket, SSL_CTX& context) : SocketTransport(std::move(socket)), ssl_(SSL_new(&context)) {
    if (!ssl_) throw std::bad_alloc();
    boost::system::error_code ignored;
    socket_.native_non_blocking(true, ignored);
    SSL_set_fd(ssl_.get(), static_cast<int>(socket_.native_handle()));
    SSL_set_accept_state(ssl_.get());
  }

  IoResult read(std::span<char> into) override {
    std::size_t count = 0;
    ERR_clear_error();
    const int done = SSL_read_ex(ssl_.get(), into.data(), into.size(), &count);
    if (done > 0) return {IoStatus::ok, count};
    return explain(done, read_wants_write_, SSL_ERROR_WANT_WRITE);
  }

  IoResult write(std::span<const iovec> pieces) override {
    const auto bytes = gather(pieces);
    if (bytes.empty()) return {};
    std::size_t count = 0;
    ERR_clear_error();
    const int done = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &count);
    if (done > 0) return {IoStatus::ok, count};
    return explain(done, write_wants_read_, SSL_ERROR_WANT_READ);
  }

  void wait_readable(std::function<void(bool)> handler) override {
    if (SSL_pending(ssl_.get()) > 0) {
      boost::asio::post(socket_.get_executor(), [handler = std::move(handler)] { handler(true); });
    } else if (read_wants_write_) {
      SocketTransport::wait_writable(std::move(handler));
    } else {
      SocketTransport::wait_readable(std::move(handler));
    }
  }

  void wait_writable(std::function<void(bool)> handler) override {
    if (write_wants_read_) {
      SocketTransport::wait_readable(std::move(handler));
    } else {
      SocketTransport::wait_writable(std::move(handler));
    }
  }

  void shutdown_send() override {
    ERR_clear_error();
    if (!broken_ && SSL_is_init_finished(ssl_.get())) SSL_shutdown(ssl_.get());
    SocketTransport::shutdown_send();
  }

  bool secure() const override { return true; }

 private:
  /// One record's worth in one piece: a record for each small piece would cost more than the copy.
  static std::span<const char> gather(std::span<const iovec> pieces) {
    if (!pieces.empty() && (pieces.size() == 1 || pieces.front().iov_len >= record_bytes)) {
      return {static_cast<const char*>(pieces.front().iov_base), std::min(pieces.front().iov_len, record_bytes)};
    }
    thread_local std::vector<char> record(record_bytes);
    std::size_t size = 0;
    for (const auto& piece : pieces) {
      const auto part = std::min(piece.iov_len, record_bytes - size);
      if (part > 0) std::memcpy(record.data() + size, piece.iov_base, part);
      size += part;
      if (size == record_bytes) break;
    }
    return {record.data(), size};
  }

  IoResult explain(int done, bool& wants_other, int other) {
    const int call_error = errno;
    const int error = SSL_get_error(ssl_.get(), done);
    wants_other = error == other;
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) return {IoStatus::would_block};
    if (error == SSL_ERROR_ZERO_RETURN) return {IoStatus::closed};
    if (error == SSL_ERROR_SYSCALL || error == SSL_ERROR_SSL) broken_ = true;  // SSL_shutdown is not allowed any more
    return error == SSL_ERROR_SYSCALL && call_error == 0 ? IoResult{IoStatus::closed} : IoResult{IoStatus::failed};
  }

  std::unique_ptr<SSL, SslDeleter> ssl_;
  bool read_wants_write_ = false, write_wants_read_ = false, broken_ = false;
};

}  // namespace

std::unique_ptr<Transport> make_tls_transport(tcp::socket socket, ssl_ctx_st& context) {
  return std::make_unique<TlsTransport>(std::move(socket), context);
}

}  // namespace netherlink::gateway
