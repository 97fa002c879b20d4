#pragma once

#include <string_view>

#include "gateway/http/message.hpp"

namespace netherlink::gateway {

/// Gives the request its ids: the client's X-Request-Id if it is sane (1-64 letters, digits, `.`, `_`, `-`), else one
/// of ours; its trace goes on, or a new one begins.
void identify(Request& request);

/// Is `token` an element of a comma-separated list, without regard to case?
bool list_contains(std::string_view list, std::string_view token);

/// Does `Accept-Encoding` name this coding, with a weight above zero? (`*` is taken for none: what is sent plain is
/// always right.)
bool accepts_coding(std::string_view accept_encoding, std::string_view coding);

/// `Expect: 100-continue`, which HTTP/1.1 alone knows.
bool expects_continue(const Request& request);

/// application/json, in UTF-8 if it says so, not compressed.
bool is_json(const Request& request);

/// Bytes as they are: application/octet-stream or tus' application/offset+octet-stream, not compressed.
bool is_raw(const Request& request);

/// GET with `Upgrade: websocket` and `Connection: Upgrade` (RFC 6455, section 4.2.1).
bool asks_for_websocket(const Request& request);

/// 426, for a websocket path that is asked for anything else.
Response upgrade_required();

}  // namespace netherlink::gateway
