#include "gateway/http/listener.hpp"

#include <netinet/tcp.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/ip/v6_only.hpp>
#include <cerrno>

#include "netherlink/log/log.hpp"

namespace netherlink::gateway {
namespace {

using boost::asio::ip::tcp;

constexpr int backlog = 4096, accepts_per_turn = 64;
constexpr std::chrono::milliseconds pause_time{100};
constexpr std::chrono::minutes warning_interval{1};
constexpr std::size_t refused_at_a_time = 256;  // beyond max_connections, being told so

core::Error not_listening(const std::string& what, const boost::system::error_code& error) {
  return {errors::server_unavailable, what + ": " + error.message()};
}

bool is_exhaustion(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

}  // namespace

Listener::Listener(IoThread& home, Options options)
    : home_(home), options_(std::move(options)), acceptor_(home.context()), pause_timer_(home.context()) {}

Listener::~Listener() = default;

core::result<void> Listener::open() {
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(options_.address, error);
  if (error) return not_listening("the address " + options_.address, error);
  const tcp::endpoint endpoint(address, options_.port);
  protocol_ = endpoint.protocol();

  acceptor_.open(protocol_, error);
  if (error) return not_listening("cannot open a socket", error);
  acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (address.is_v6() && address.is_unspecified()) acceptor_.set_option(boost::asio::ip::v6_only(false), error);
  acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(backlog, error);
  if (!error) acceptor_.non_blocking(true, error);
  if (error) return not_listening("cannot listen on " + options_.address + ":" + std::to_string(options_.port), error);
  port_ = acceptor_.local_endpoint().port();
  wait();
  return {};
}

void Listener::close() {
  boost::system::error_code ignored;
  while (acceptor_.is_open() && accept_pending()) {
    // What the kernel has accepted for us would be reset by the close.
    pollfd waiting{acceptor_.native_handle(), POLLIN, 0};
    if (::poll(&waiting, 1, 0) <= 0) break;
  }
  acceptor_.close(ignored);
  pause_timer_.cancel();
}

void Listener::wait() {
  acceptor_.async_wait(tcp::acceptor::wait_read, [this](const boost::system::error_code& error) {
    if (error || !acceptor_.is_open()) return;
    accept_pending() ? wait() : pause();
  });
}

bool Listener::accept_pending() {
  for (int i = 0; i < accepts_per_turn; ++i) {
    const int descriptor = ::accept4(acceptor_.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor >= 0) {
      hand_over(descriptor);
    } else if (is_exhaustion(errno)) {
      return false;
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      return true;
    }
    // Anything else is the fate of that one connection.
  }
  return true;
}

void Listener::hand_over(int descriptor) {
  const auto open = options_.open.fetch_add(1, std::memory_order_relaxed) + 1;
  if (open > options_.max_connections + refused_at_a_time) {
    options_.open.fetch_sub(1, std::memory_order_relaxed);
    ::close(descriptor);
    return;
  }
  const int on = 1;
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  auto& thread = *options_.threads[next_thread_++ % options_.threads.size()];
  tcp::socket socket(thread.context());
  boost::system::error_code error;
  socket.assign(protocol_, descriptor, error);
  if (error) {
    options_.open.fetch_sub(1, std::memory_order_relaxed);
    ::close(descriptor);
    return;
  }
  auto transport =
      options_.tls ? make_tls_transport(std::move(socket), *options_.tls) : make_plain_transport(std::move(socket));
  transport->count_in(options_.open);
  const bool full = open > options_.max_connections;
  thread.post([this, &thread, full, transport = std::move(transport)]() mutable {
    options_.accepted(thread, std::move(transport), full);
  });
}

void Listener::pause() {
  const auto now = std::chrono::steady_clock::now();
  if (now - warned_ > warning_interval) {
    warned_ = now;
    log::warn("out of file descriptors, new connections wait");
  }
  pause_timer_.expires_after(pause_time);
  pause_timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error && acceptor_.is_open()) wait();
  });
}

void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) log::warn("the limit of open files stays as it is");
}

}  // namespace netherlink::gateway
