#include "gateway/http/cors.hpp"

#include <algorithm>

namespace netherlink::gateway {

std::string_view Cors::allowed(const Request& request) const {
  if (origins_.empty()) return {};
  const auto origin = request.header("origin");
  if (origin.empty()) return {};
  const auto found =
      std::find_if(origins_.begin(), origins_.end(), [origin](const auto& o) { return o == "*" || o == origin; });
  return found == origins_.end() ? std::string_view{} : std::string_view(*found);
}

bool Cors::is_preflight(const Request& request) {
  return request.method == "OPTIONS" && !request.header("access-control-request-method").empty();
}

void Cors::add_preflight(Response& response, std::string_view methods) {
  response.headers.emplace_back("Access-Control-Allow-Methods", methods);
  response.headers.emplace_back(
      "Access-Control-Allow-Headers",
      "Authorization, Content-Type, X-Request-Id, traceparent, Upload-Offset, Range, If-Range, If-None-Match");
  response.headers.emplace_back("Access-Control-Max-Age", "600");
}

}  // namespace netherlink::gateway
