#include "gateway/net/transport.hpp"

#include <sys/socket.h>

#include <cerrno>

#include "gateway/net/socket_transport.hpp"

namespace netherlink::gateway {
namespace {

using boost::asio::ip::tcp;

class PlainTransport final : public SocketTransport {
 public:
  using SocketTransport::SocketTransport;

  IoResult read(std::span<char> into) override {
    const auto count = ::recv(socket_.native_handle(), into.data(), into.size(), MSG_DONTWAIT);
    if (count > 0) return {IoStatus::ok, static_cast<std::size_t>(count)};
    return count == 0 ? IoResult{IoStatus::closed} : failed_call(errno);
  }

  IoResult write(std::span<const iovec> pieces) override {
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(pieces.data());  // sendmsg does not write to them
    message.msg_iovlen = pieces.size();
    const auto count = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    return count >= 0 ? IoResult{IoStatus::ok, static_cast<std::size_t>(count)} : failed_call(errno);
  }

  bool secure() const override { return false; }
};

void wait(tcp::socket& socket, tcp::socket::wait_type kind, std::function<void(bool)> handler) {
  socket.async_wait(kind, [handler = std::move(handler)](const boost::system::error_code& error) {
    handler(error != boost::asio::error::operation_aborted && error != boost::asio::error::bad_descriptor);
  });
}

}  // namespace

Transport::~Transport() {
  if (open_) open_->fetch_sub(1, std::memory_order_relaxed);
}

void SocketTransport::wait_readable(std::function<void(bool)> handler) {
  wait(socket_, tcp::socket::wait_read, std::move(handler));
}

void SocketTransport::wait_writable(std::function<void(bool)> handler) {
  wait(socket_, tcp::socket::wait_write, std::move(handler));
}

void SocketTransport::shutdown_send() {
  boost::system::error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
}

void SocketTransport::close() {
  boost::system::error_code ignored;
  socket_.close(ignored);
}

std::string SocketTransport::remote_address() const {
  boost::system::error_code error;
  const auto address = socket_.remote_endpoint(error).address();
  if (error) return {};
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, address.to_v6()).to_string();
  }
  return address.to_string();
}

IoResult failed_call(int error) {
  return {error == EAGAIN || error == EWOULDBLOCK || error == EINTR ? IoStatus::would_block : IoStatus::failed};
}

std::unique_ptr<Transport> make_plain_transport(tcp::socket socket) {
  return std::make_unique<PlainTransport>(std::move(socket));
}

}  // namespace netherlink::gateway
