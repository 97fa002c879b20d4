#include "gateway/http/client_address.hpp"

#include <algorithm>
#include <boost/algorithm/string/predicate.hpp>
#include <boost/algorithm/string/trim.hpp>
#include <charconv>
#include <stdexcept>

namespace netherlink::gateway {
namespace {

namespace ip = boost::asio::ip;

constexpr unsigned mapped_bits = 96;

ip::address_v6 as_v6(const ip::address& address) {
  return address.is_v6() ? address.to_v6() : ip::make_address_v6(ip::v4_mapped, address.to_v4());
}

std::optional<ip::address> parse_address(std::string_view text) {
  boost::system::error_code error;
  const auto address = ip::make_address(text, error);
  if (error) return std::nullopt;
  if (address.is_v6() && address.to_v6().is_v4_mapped()) return ip::make_address_v4(ip::v4_mapped, address.to_v6());
  return address;
}

/// An element of X-Forwarded-For: an address, by some proxies with a port.
std::optional<ip::address> parse_hop(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return std::nullopt;
  text = text.substr(first, text.find_last_not_of(" \t") - first + 1);
  if (text.starts_with('[')) {
    text = text.substr(1, std::min(text.find(']'), text.size()) - 1);
  } else if (std::count(text.begin(), text.end(), ':') == 1) {
    text = text.substr(0, text.find(':'));
  }
  return parse_address(text);
}

/// Every X-Forwarded-For of the request as one list, the nearest hop last.
std::string forwarded_for(const Request& request) {
  std::string all;
  for (const auto& [name, value] : request.headers) {
    if (name != "x-forwarded-for") continue;
    if (!all.empty()) all += ',';
    all += value;
  }
  return all;
}

bool in_network(const ip::address_v6::bytes_type& address, const ip::address_v6::bytes_type& base, unsigned prefix) {
  const auto whole = prefix / 8, rest = prefix % 8;
  if (!std::equal(base.begin(), base.begin() + whole, address.begin())) return false;
  if (rest == 0) return true;
  const auto mask = static_cast<unsigned char>(0xFF << (8 - rest));
  return (address[whole] & mask) == (base[whole] & mask);
}

}  // namespace

TrustedProxies::TrustedProxies(const std::vector<std::string>& networks) {
  for (const auto& network : networks) {
    const auto slash = std::min(network.find('/'), network.size());
    const auto address = parse_address(std::string_view(network).substr(0, slash));
    if (!address) throw std::invalid_argument("not an address or network: " + network);
    const unsigned bits = address->is_v4() ? 32 : 128;
    unsigned prefix = bits;
    if (slash < network.size()) {
      const char* const end = network.data() + network.size();
      const auto [stop, problem] = std::from_chars(network.data() + slash + 1, end, prefix);
      if (problem != std::errc{} || stop != end || prefix > bits)
        throw std::invalid_argument("not a network: " + network);
    }
    networks_.push_back({as_v6(*address), prefix + (address->is_v4() ? mapped_bits : 0)});
  }
}

bool TrustedProxies::contains(const ip::address& address) const {
  if (networks_.empty()) return false;
  const auto bytes = as_v6(address).to_bytes();
  return std::any_of(networks_.begin(), networks_.end(),
                     [&](const Network& n) { return in_network(bytes, n.base.to_bytes(), n.prefix); });
}

void TrustedProxies::resolve(std::string_view peer, Request& request) const {
  request.remote_address = peer;
  if (networks_.empty()) return;
  auto client = parse_address(peer);
  if (!client || !contains(*client)) return;
  if (boost::algorithm::iequals(request.header("x-forwarded-proto"), "https")) request.secure = true;

  const auto list = forwarded_for(request);
  std::string_view rest = list;
  while (!rest.empty() && contains(*client)) {
    const auto comma = rest.rfind(',');
    const auto hop = parse_hop(comma == std::string_view::npos ? rest : rest.substr(comma + 1));
    if (!hop) break;  // what stands before it was not written by a proxy of ours
    client = hop;
    rest = rest.substr(0, comma == std::string_view::npos ? 0 : comma);
  }
  request.remote_address = client->to_string();
}

bool is_private_address(std::string_view text) {
  const auto address = parse_address(text);
  if (!address) return false;
  static const TrustedProxies networks({"127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",
                                        "169.254.0.0/16", "::1/128", "fc00::/7", "fe80::/10"});
  return networks.contains(*address);
}

std::string rate_key(std::string_view text) {
  constexpr std::size_t network_bytes = 8;
  const auto address = text.find(':') == std::string_view::npos ? std::nullopt : parse_address(text);
  if (!address || address->is_v4()) return std::string(text);
  auto bytes = address->to_v6().to_bytes();
  std::fill(bytes.begin() + network_bytes, bytes.end(), static_cast<unsigned char>(0));
  return ip::address_v6(bytes).to_string();
}

}  // namespace netherlink::gateway
