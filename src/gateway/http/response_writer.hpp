#pragma once

#include <string>
#include <string_view>

#include "gateway/http/message.hpp"

namespace netherlink::gateway {

/// What an answer needs to know of its request.
struct ResponseContext {
  bool head = false;      // no body, whatever its length
  bool http_1_0 = false;  // keep-alive must be said
  bool keep_alive = false;
  bool secure = false;
  bool vary_origin = false;
  std::string_view request_id{}, allow_origin{};
  const core::TraceContext* trace = nullptr;
};

/// Appends the whole answer to `out`, with the headers that every answer has. A header of the response itself replaces
/// the default of the same name. A 101 is written without length and without `Connection` of ours.
void write_response(std::string& out, const Response& response, const ResponseContext& context);

/// "100 Continue", the interim answer.
inline constexpr std::string_view continue_response = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace netherlink::gateway
