#pragma once

#include "gateway/net/transport.hpp"

namespace netherlink::gateway {

/// What plain and TLS transports have in common: the socket and its waits.
class SocketTransport : public Transport {
 public:
  explicit SocketTransport(boost::asio::ip::tcp::socket socket) : socket_(std::move(socket)) {}

  void wait_readable(std::function<void(bool)> handler) override;
  void wait_writable(std::function<void(bool)> handler) override;
  void shutdown_send() override;
  void close() override;
  std::string remote_address() const override;

 protected:
  boost::asio::ip::tcp::socket socket_;
};

/// The result of a call that failed with `error` (errno).
IoResult failed_call(int error);

}  // namespace netherlink::gateway
