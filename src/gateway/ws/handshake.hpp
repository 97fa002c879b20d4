#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/http/message.hpp"
#include "netherlink/core/result.hpp"

namespace netherlink::gateway::ws {

inline constexpr std::string_view json_subprotocol = "netherlink.v1.json", protobuf_subprotocol = "netherlink.v1.proto";

/// How a session's frames are written.
enum class Encoding : std::uint8_t { json, protobuf };

/// The checks of RFC 6455 section 4.2.1 on the request itself: request.malformed; another version than 13 is
/// request.upgrade_required.
core::result<void> check_upgrade(const Request& request);

/// A browser's Origin: absent, of the same host (`allowed` empty), one of `allowed`, or any ("*").
/// auth.origin_forbidden.
core::result<void> check_origin(const Request& request, const std::vector<std::string>& allowed);

/// The access token, from Authorization, `?token=`, or the subprotocol `bearer.<token>`, in this order.
std::optional<std::string_view> handshake_token(const Request& request);

/// The subprotocol to answer with, the first offered that is spoken; empty: the client offered none. A client that
/// offers only others is refused (request.malformed): a browser would hang up on an answer without one, and could not
/// say why.
core::result<std::string_view> choose_subprotocol(const Request& request);
Encoding encoding_of(std::string_view subprotocol);

/// Sec-WebSocket-Accept (RFC 6455 section 4.2.2).
std::string accept_value(std::string_view key);

/// 101 Switching Protocols.
Response switching_protocols(const Request& request, std::string_view subprotocol);

/// A refusal as a problem; 426 names the version that we speak.
Response handshake_refused(const core::Error& error);

}  // namespace netherlink::gateway::ws
