#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/http/message.hpp"

namespace netherlink::gateway {

/// Where a handler runs: on the I/O thread (never blocks), on the store pool, on the password pool, or on the pool for
/// what reads and writes files.
enum class Lane { io, store, password, transfer };
/// `open` is the allow-list of public paths: everything else needs a valid token.
enum class Access { token, open };

/// Extra bucket, beside the general ones by address and by user.
enum class RateClass { none, login, registration, mail, mail_code };

using Handler = std::function<Response(const Request&)>;
using AsyncHandler = std::function<void(std::shared_ptr<const Request>, Responder)>;

/// Takes the body of one request piece by piece, so that it is never in memory as a whole. Its calls come one at a
/// time, on the transfer pool.
class BodySink {
 public:
  virtual ~BodySink() = default;
  /// Before anything of the body is read. An answer: the body is not wanted, and it is over.
  virtual std::optional<Response> open() = 0;
  /// Likewise.
  virtual std::optional<Response> take(std::string_view piece) = 0;
  /// The body is complete.
  virtual Response finish() = 0;
  /// The body broke off, and nobody waits for an answer.
  virtual void interrupt() = 0;
};
using SinkMaker = std::function<std::unique_ptr<BodySink>(std::shared_ptr<const Request>)>;

/// One row of the routing table, which is data: api/openapi.yaml is compared with it.
struct Route {
  std::string_view method;
  std::string_view pattern;  // "/api/v1/users/{id}"
  Access access = Access::token;
  Lane lane = Lane::store;
  Handler handler;
  AsyncHandler async_handler = {};  // instead of handler
  RateClass rate_class = RateClass::none;
  bool limited = true;           // false: probes, which no bucket holds back
  bool websocket = false;        // an upgrade, given to the UpgradeHandler; has no handler
  SinkMaker sink = {};           // instead of a handler: takes a body of raw bytes …
  std::uint64_t body_bytes = 0;  // … of so many at most
};

/// Filled once, then read by every thread. A literal segment of a pattern goes before a parameter, whatever the order
/// of the rows: /users/me is never /users/{id}.
class Router {
 public:
  /// Throws std::logic_error for a second route of the same method and pattern.
  void add(Route route);
  void add(std::vector<Route> routes);

  struct Match {
    const Route* route = nullptr;
    std::map<std::string, std::string, std::less<>> params;
    // Methods of the path (HEAD and OPTIONS too) when the method is what did not match; no such path: empty.
    std::vector<std::string_view> allowed;
  };
  /// HEAD finds GET. `path` is percent-decoded; a trailing slash is another path. Valid until the next add().
  Match match(std::string_view method, std::string_view path) const;
  const std::vector<Route>& routes() const { return routes_; }

 private:
  struct Path {
    std::string_view pattern;
    bool literal = false;
    std::vector<std::size_t> routes;
  };
  const Path* find(std::string_view path) const;

  std::vector<Route> routes_;
  std::vector<Path> paths_;  // the more literal first
};

}  // namespace netherlink::gateway
