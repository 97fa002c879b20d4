#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "netherlink/core/error.hpp"
#include "netherlink/core/trace.hpp"
#include "netherlink/user/types.hpp"

namespace netherlink::gateway {

/// A complete request, already limited, routed and authenticated. Immutable for handlers; may outlive its connection.
struct Request {
  std::string method, target, path;                          // path: percent-decoded
  std::vector<std::pair<std::string, std::string>> query;    // decoded, in order
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;
  std::map<std::string, std::string, std::less<>> path_params;  // of {name} in the route
  std::string remote_address;                                   // of the client, trusted proxies taken off
  bool secure = false, keep_alive = true;
  std::string request_id;
  core::TraceContext trace;
  std::optional<user::Principal> principal;  // present on every route that is not open
  std::size_t io_thread = 0;

  /// First value, or empty.
  std::string_view header(std::string_view lower_case_name) const;
  std::optional<std::string_view> query_value(std::string_view name) const;
};

/// What the body of an answer is read from, where it is too large to be kept. For one thread at a time, never an I/O
/// thread.
class BodySource {
 public:
  virtual ~BodySource() = default;
  virtual std::uint64_t size() const = 0;
  /// The bytes that come next, at most `most`. Empty before size() bytes were read: there is no more to be had.
  virtual std::string read(std::size_t most) = 0;
};

struct Response {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  std::shared_ptr<BodySource> source = nullptr;  // instead of body

  static Response json(int status, std::string body);
  static Response no_content();
  /// application/problem+json (RFC 9457) with the Retry-After that the error asks for.
  static Response problem(const core::Error& error);
};

/// Answers one request: once, from any thread. A request whose Responder is dropped unanswered gets 500.
using Responder = std::function<void(Response)>;

}  // namespace netherlink::gateway
