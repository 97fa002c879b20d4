#pragma once

#include <functional>
#include <string>
#include <vector>

#include "gateway/http/router.hpp"
#include "netherlink/config/config.hpp"

namespace netherlink::gateway {

/// What the server says about itself. The configuration must outlive the routes.
struct MetaApi {
  const config::Config& config;
  std::function<std::string()> readiness;  // as Server::Dependencies
  bool attachments = false;                // are taken
};

/// /healthz, /readyz, /metrics (404 to callers that are neither loopback nor private, and to all when metrics have a
/// port of their own), the descriptions, and /api/v1/client-config.
std::vector<Route> meta_routes(const MetaApi& api);

/// The port of its own (metrics.address): /metrics to everyone, /healthz, /readyz.
std::vector<Route> metrics_port_routes(const MetaApi& api);

}  // namespace netherlink::gateway
