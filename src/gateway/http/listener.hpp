#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <span>
#include <string>

#include "gateway/net/io_thread.hpp"
#include "gateway/net/transport.hpp"
#include "netherlink/core/result.hpp"

namespace netherlink::gateway {

/// Accepts on one port and hands the sockets to the I/O threads in turn: the balance does not depend on the luck of the
/// kernel's hash, and a connection costs one accept4. Belongs to `home`, which must outlive it.
class Listener {
 public:
  struct Options {
    std::string address;
    std::uint16_t port = 0;
    std::size_t max_connections = 0;
    ssl_ctx_st* tls = nullptr;
    std::span<const std::unique_ptr<IoThread>> threads;
    /// Connections that are open, of all listeners, those that became WebSockets too.
    std::atomic<std::size_t>& open;
    /// Runs on `thread`. `full`: over max_connections, to be refused.
    std::function<void(IoThread& thread, std::unique_ptr<Transport> transport, bool full)> accepted;
  };

  Listener(IoThread& home, Options options);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  /// Binds and listens. The error's detail says what failed. Before the threads run.
  core::result<void> open();
  std::uint16_t port() const { return port_; }

  /// On `home`: takes who has connected already, then refuses.
  void close();

 private:
  void wait();
  /// False: out of descriptors or memory.
  bool accept_pending();
  void hand_over(int descriptor);
  void pause();

  IoThread& home_;
  Options options_;
  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer pause_timer_;
  boost::asio::ip::tcp protocol_ = boost::asio::ip::tcp::v4();
  std::uint16_t port_ = 0;
  std::size_t next_thread_ = 0;
  std::chrono::steady_clock::time_point warned_{};  // that descriptors ran out
};

/// Raises the soft limit of open files to the hard one.
void raise_descriptor_limit();

}  // namespace netherlink::gateway
