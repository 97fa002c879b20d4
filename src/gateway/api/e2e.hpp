#pragma once

#include <vector>

#include "gateway/http/router.hpp"
#include "netherlink/config/config.hpp"
#include "netherlink/e2e/service.hpp"

namespace netherlink::gateway {

/// Keys for end-to-end encryption over REST. The dependencies must outlive the routes.
struct E2eApi {
  const config::Config& config;
  e2e::KeyService& keys;
};

std::vector<Route> e2e_routes(const E2eApi& api);

}  // namespace netherlink::gateway
