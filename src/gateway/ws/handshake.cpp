#include "gateway/ws/handshake.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <boost/algorithm/string/predicate.hpp>
#include <boost/algorithm/string/trim.hpp>

#include "gateway/http/authenticate.hpp"

namespace netherlink::gateway::ws {
namespace {

constexpr std::string_view version = "13", bearer_prefix = "bearer.";
constexpr std::string_view key_suffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";  // RFC 6455 section 1.3
constexpr std::size_t key_characters = 24;                                       // 16 bytes in base64

/// The elements of a comma-separated list (RFC 9110 section 5.6.1), over all headers of this name.
std::vector<std::string_view> list_header(const Request& request, std::string_view name) {
  std::vector<std::string_view> elements;
  for (const auto& [header, value] : request.headers) {
    if (header != name) continue;
    std::string_view rest = value;
    while (!rest.empty()) {
      const auto comma = std::min(rest.find(','), rest.size());
      std::string_view element = rest.substr(0, comma);
      rest.remove_prefix(std::min(comma + 1, rest.size()));
      const auto first = element.find_first_not_of(" \t");
      if (first == std::string_view::npos) continue;
      elements.push_back(element.substr(first, element.find_last_not_of(" \t") - first + 1));
    }
  }
  return elements;
}

bool has_token(const Request& request, std::string_view name, std::string_view token) {
  const auto elements = list_header(request, name);
  return std::any_of(elements.begin(), elements.end(),
                     [&](std::string_view element) { return boost::algorithm::iequals(element, token); });
}

bool is_base64(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
}

/// 16 bytes: 22 characters and two of padding.
bool is_key(std::string_view key) {
  return key.size() == key_characters && key.ends_with("==") && std::all_of(key.begin(), key.end() - 2, is_base64);
}

core::Error malformed(std::string detail) {
  return {errors::request_malformed, std::move(detail)};
}

/// host[:port] of an origin, without the port that its scheme implies.
std::string_view authority_of(std::string_view origin) {
  const auto scheme_end = origin.find("://");
  if (scheme_end == std::string_view::npos) return {};
  return origin.substr(scheme_end + 3);
}

std::string_view without_default_port(std::string_view authority) {
  for (const std::string_view port : {":80", ":443"}) {
    if (authority.ends_with(port)) return authority.substr(0, authority.size() - port.size());
  }
  return authority;
}

}  // namespace

core::result<void> check_upgrade(const Request& request) {
  if (!has_token(request, "upgrade", "websocket")) return malformed("an Upgrade: websocket header is needed");
  if (!has_token(request, "connection", "upgrade")) return malformed("a Connection: Upgrade header is needed");
  if (request.header("sec-websocket-version") != version) {
    return core::Error(errors::request_upgrade_required, "only version 13 of WebSocket is spoken");
  }
  if (!is_key(request.header("sec-websocket-key"))) return malformed("Sec-WebSocket-Key must be 16 bytes in base64");
  return {};
}

core::result<void> check_origin(const Request& request, const std::vector<std::string>& allowed) {
  const std::string_view origin = request.header("origin");
  if (origin.empty()) return {};
  const bool listed = std::any_of(allowed.begin(), allowed.end(), [&](const std::string& one) {
    return one == "*" || boost::algorithm::iequals(one, origin);
  });
  if (listed) return {};
  const std::string_view authority = authority_of(origin);
  const bool same_host =
      allowed.empty() && !authority.empty() &&
      boost::algorithm::iequals(without_default_port(authority), without_default_port(request.header("host")));
  if (!same_host) return errors::auth_origin_forbidden;
  return {};
}

std::optional<std::string_view> handshake_token(const Request& request) {
  if (const auto token = bearer_token(request.header("authorization"))) return token;
  if (const auto token = request.query_value("token")) return token;
  for (const auto protocol : list_header(request, "sec-websocket-protocol")) {
    if (protocol.starts_with(bearer_prefix)) return protocol.substr(bearer_prefix.size());
  }
  return std::nullopt;
}

core::result<std::string_view> choose_subprotocol(const Request& request) {
  const auto offered = list_header(request, "sec-websocket-protocol");
  if (offered.empty()) return std::string_view();
  for (const auto one : offered) {
    if (one == json_subprotocol) return json_subprotocol;
    if (one == protobuf_subprotocol) return protobuf_subprotocol;
  }
  return malformed("the subprotocol netherlink.v1.json or netherlink.v1.proto must be among those offered");
}

Encoding encoding_of(std::string_view subprotocol) {
  return subprotocol == protobuf_subprotocol ? Encoding::protobuf : Encoding::json;
}

std::string accept_value(std::string_view key) {
  std::string text(key);
  text += key_suffix;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha1(), nullptr);
  std::array<unsigned char, 32> encoded{};
  const int length = EVP_EncodeBlock(encoded.data(), digest.data(), static_cast<int>(size));
  return {encoded.begin(), encoded.begin() + length};
}

Response switching_protocols(const Request& request, std::string_view subprotocol) {
  Response response;
  response.status = 101;
  response.content_type.clear();
  response.headers = {{"Upgrade", "websocket"},
                      {"Connection", "Upgrade"},
                      {"Sec-WebSocket-Accept", accept_value(request.header("sec-websocket-key"))}};
  if (!subprotocol.empty()) response.headers.emplace_back("Sec-WebSocket-Protocol", subprotocol);
  return response;
}

Response handshake_refused(const core::Error& error) {
  Response response = Response::problem(error);
  if (error.is(errors::request_upgrade_required)) {
    response.headers.emplace_back("Sec-WebSocket-Version", version);
    response.headers.emplace_back("Upgrade", "websocket");
  }
  return response;
}

}  // namespace netherlink::gateway::ws
