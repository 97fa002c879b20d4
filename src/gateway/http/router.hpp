#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/http/message.hpp"

namespace netherlink::gateway {

/// Where a handler runs: on the I/O thread (never blocks), on the store pool, or on the password pool.
enum class Lane { io, store, password };
/// `open` is the allow-list of public paths: everything else needs a valid token.
enum class Access { token, open };

/// Extra bucket, beside the general ones by address and by user.
enum class RateClass { none, login, registration };

using Handler = std::function<Response(const Request&)>;
using AsyncHandler = std::function<void(std::shared_ptr<const Request>, Responder)>;

/// One row of the routing table, which is data: api/openapi.yaml is compared with it.
struct Route {
  std::string_view method;
  std::string_view pattern;  // "/api/v1/users/{id}"
  Access access = Access::token;
  Lane lane = Lane::store;
  Handler handler;
  AsyncHandler async_handler = {};  // instead of handler
  RateClass rate_class = RateClass::none;
};

class Router {
 public:
  void add(Route route);
  void add(std::vector<Route> routes);

  struct Match {
    const Route* route = nullptr;
    std::map<std::string, std::string, std::less<>> params;
    std::vector<std::string_view> allowed;  // methods of the path when the method is what did not match
  };
  /// HEAD finds GET. `path` is percent-decoded; a trailing slash is another path.
  Match match(std::string_view method, std::string_view path) const;
  const std::vector<Route>& routes() const { return routes_; }

 private:
  std::vector<Route> routes_;
};

}  // namespace netherlink::gateway
