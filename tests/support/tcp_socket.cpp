#include "support/tcp_socket.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace netherlink::test {
namespace {

std::string reason() {
  return std::strerror(errno);
}

bool poll_for(int fd, short events, milliseconds timeout) {
  pollfd entry{fd, events, 0};
  const auto wait = static_cast<int>(std::max<milliseconds::rep>(timeout.count(), 0));
  return ::poll(&entry, 1, wait) > 0;
}

milliseconds left_until(Clock::time_point deadline) {
  return std::chrono::ceil<milliseconds>(deadline - Clock::now());
}

}  // namespace

TcpSocket::TcpSocket(std::uint16_t port, int receive_buffer) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (fd_ < 0) throw std::runtime_error("socket: " + reason());
  if (receive_buffer > 0) ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    const auto why = reason();
    close();
    throw ConnectionLost("connect: " + why);
  }
}

TcpSocket::~TcpSocket() {
  close();
}

TcpSocket::TcpSocket(TcpSocket&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), buffer_(std::move(other.buffer_)) {}

TcpSocket& TcpSocket::operator=(TcpSocket&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(buffer_, other.buffer_);
  return *this;
}

void TcpSocket::send(std::string_view bytes) {
  const auto deadline = Clock::now() + patience;
  while (!bytes.empty()) {
    if (!poll_for(fd_, POLLOUT, left_until(deadline))) throw Timeout("the peer does not read");
    const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) throw ConnectionLost("send: " + reason());
    if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

void TcpSocket::shutdown_send() {
  ::shutdown(fd_, SHUT_WR);
}

void TcpSocket::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

void TcpSocket::reset() {
  const linger hard{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  close();
}

void TcpSocket::fill(Clock::time_point deadline) {
  if (!poll_for(fd_, POLLIN, left_until(deadline))) throw Timeout("nothing came in time");
  std::array<char, 65536> chunk;
  const auto count = ::recv(fd_, chunk.data(), chunk.size(), 0);
  if (count == 0) throw ConnectionLost("closed by the peer");
  if (count < 0) throw ConnectionLost("recv: " + reason());
  buffer_.append(chunk.data(), static_cast<std::size_t>(count));
}

std::string TcpSocket::read_until(std::string_view end, milliseconds timeout) {
  const auto deadline = Clock::now() + timeout;
  auto place = buffer_.find(end);
  for (; place == std::string::npos; place = buffer_.find(end)) fill(deadline);
  return read_exactly(place + end.size(), timeout);
}

std::string TcpSocket::read_exactly(std::size_t count, milliseconds timeout) {
  const auto deadline = Clock::now() + timeout;
  while (buffer_.size() < count) fill(deadline);
  auto bytes = buffer_.substr(0, count);
  buffer_.erase(0, count);
  return bytes;
}

std::string TcpSocket::read_some(milliseconds timeout) {
  if (buffer_.empty()) fill(Clock::now() + timeout);
  return std::exchange(buffer_, {});
}

std::string TcpSocket::read_to_end(milliseconds timeout) {
  const auto deadline = Clock::now() + timeout;
  try {
    while (true) fill(deadline);
  } catch (const ConnectionLost&) {
    return std::exchange(buffer_, {});
  }
}

bool TcpSocket::readable(milliseconds timeout) const {
  return !buffer_.empty() || poll_for(fd_, POLLIN, timeout);
}

bool TcpSocket::at_end() {
  if (!buffer_.empty() || !poll_for(fd_, POLLIN, milliseconds(0))) return false;
  char byte = 0;
  return ::recv(fd_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) <= 0;
}

}  // namespace netherlink::test
