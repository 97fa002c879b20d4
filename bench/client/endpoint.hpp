#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "bench/support/file_descriptor.hpp"

namespace netherlink::bench {

/// A replica: an IPv4 address and port, resolved once.
struct Endpoint {
  sockaddr_in address{};
  std::string host;  // for the Host header

  /// "http://host:port", also "ws://"; Failure for anything else, TLS included.
  static Endpoint parse(std::string_view url);
  static Endpoint loopback(std::uint16_t port);
  bool is_loopback() const;
};

/// A non-blocking socket that is connecting; writable when it is done. Towards a loopback address the source address
/// rotates over 127.0.0.1 to 127.0.0.250, so that thousands of connections a second do not run out of ports.
FileDescriptor connect_to(const Endpoint& endpoint);

/// Listens on a free loopback port and stores it.
FileDescriptor listen_on_loopback(std::uint16_t& port);

void set_no_delay(int fd);

}  // namespace netherlink::bench
