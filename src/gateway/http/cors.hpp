#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "gateway/http/message.hpp"

namespace netherlink::gateway {

/// Which pages of other origins may call the API (http.cors_origins). Tokens travel in Authorization, so no answer
/// needs credentials mode. Immutable, thread-safe.
class Cors {
 public:
  /// Exact origins, or `*`.
  explicit Cors(std::vector<std::string> origins) : origins_(std::move(origins)) {}

  /// What Access-Control-Allow-Origin says to this request; empty: the header is left out. Lives as long as this.
  std::string_view allowed(const Request& request) const;
  /// The answers differ by Origin.
  bool varies() const { return !origins_.empty() && origins_.front() != "*"; }

  static bool is_preflight(const Request& request);
  /// What a preflight is told beside the origin.
  static void add_preflight(Response& response, std::string_view methods);

 private:
  std::vector<std::string> origins_;
};

}  // namespace netherlink::gateway
