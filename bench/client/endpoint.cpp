#include "bench/client/endpoint.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/tcp.h>

#include <charconv>

#include "bench/support/failure.hpp"

namespace netherlink::bench {

namespace {

const sockaddr* generic(const sockaddr_in& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

sockaddr_in resolve(const std::string& host, std::uint16_t port) {
  addrinfo hints{};
  hints.ai_family = AF_INET;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int status = getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (status != 0) throw Failure("cannot resolve " + host + ": " + gai_strerror(status));
  sockaddr_in address{};
  std::memcpy(&address, found->ai_addr, sizeof address);
  freeaddrinfo(found);
  address.sin_port = htons(port);
  return address;
}

std::uint32_t next_source() {
  constexpr std::uint32_t sources = 250;
  static std::uint32_t turn = 0;
  return INADDR_LOOPBACK + turn++ % sources;
}

}  // namespace

Endpoint Endpoint::parse(std::string_view url) {
  std::string_view rest = url;
  for (const std::string_view scheme : {"http://", "ws://"}) {
    if (rest.starts_with(scheme)) rest.remove_prefix(scheme.size());
  }
  if (rest.find("://") != rest.npos) throw Failure("only http:// and ws:// are spoken: " + std::string(url));
  rest = rest.substr(0, rest.find('/'));
  const auto colon = rest.rfind(':');
  const std::string host(rest.substr(0, colon));
  std::uint16_t port = 80;
  if (colon != rest.npos) {
    const auto digits = rest.substr(colon + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error != std::errc{} || end != digits.data() + digits.size()) throw Failure("bad port in " + std::string(url));
  }
  return {resolve(host, port), std::string(rest)};
}

Endpoint Endpoint::loopback(std::uint16_t port) {
  return parse("127.0.0.1:" + std::to_string(port));
}

bool Endpoint::is_loopback() const {
  return ntohl(address.sin_addr.s_addr) >> 24 == 127;
}

FileDescriptor connect_to(const Endpoint& endpoint) {
  FileDescriptor fd(checked(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket"));
  set_no_delay(fd.get());
  if (endpoint.is_loopback()) {
    const int one = 1;
    setsockopt(fd.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
    sockaddr_in source{};
    source.sin_family = AF_INET;
    source.sin_addr.s_addr = htonl(next_source());
    checked(bind(fd.get(), generic(source), sizeof source), "bind to a source address");
  }
  if (connect(fd.get(), generic(endpoint.address), sizeof endpoint.address) != 0 && errno != EINPROGRESS) {
    fail_errno("connect to " + endpoint.host);
  }
  return fd;
}

FileDescriptor listen_on_loopback(std::uint16_t& port) {
  FileDescriptor fd(checked(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket"));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  checked(bind(fd.get(), generic(address), sizeof address), "bind");
  checked(listen(fd.get(), 4096), "listen");
  socklen_t size = sizeof address;
  checked(getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size), "getsockname");
  port = ntohs(address.sin_port);
  return fd;
}

void set_no_delay(int fd) {
  const int one = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
}

}  // namespace netherlink::bench
