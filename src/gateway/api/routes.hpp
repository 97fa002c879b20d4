#pragma once

#include "gateway/http/router.hpp"
#include "gateway/pending_replies.hpp"
#include "netherlink/gateway/server.hpp"

namespace netherlink::gateway {

/// Every route of the port; api/openapi.yaml is compared with it. What is given must outlive the router.
Router all_routes(const config::Config& config, const Server::Dependencies& dependencies, PendingReplies& pending);

}  // namespace netherlink::gateway
