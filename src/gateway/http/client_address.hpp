#pragma once

#include <boost/asio/ip/address.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/http/message.hpp"

namespace netherlink::gateway {

/// Proxies whose word about the client counts. Immutable, thread-safe.
class TrustedProxies {
 public:
  /// Addresses or networks (`10.0.0.0/8`), IPv4 and IPv6; malformed ones are for the configuration to refuse and throw
  /// std::invalid_argument here.
  explicit TrustedProxies(const std::vector<std::string>& networks);

  bool contains(const boost::asio::ip::address& address) const;

  /// Of a request that came from `peer`: X-Forwarded-For walked from the right past trusted proxies, X-Forwarded-Proto
  /// of a trusted one. Sets remote_address and secure.
  void resolve(std::string_view peer, Request& request) const;

 private:
  struct Network {
    boost::asio::ip::address_v6 base;  // IPv4 as ::ffff:a.b.c.d
    unsigned prefix = 128;
  };
  std::vector<Network> networks_;
};

/// Loopback, RFC 1918, fc00::/7 or link local.
bool is_private_address(std::string_view address);

/// What one client is counted by: IPv4 as it is, of IPv6 the /64, which one customer has all of.
std::string rate_key(std::string_view address);

}  // namespace netherlink::gateway
