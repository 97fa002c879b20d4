#pragma once

#include <vector>

#include "gateway/api/lobby_pull.hpp"
#include "gateway/http/router.hpp"
#include "gateway/pending_replies.hpp"
#include "netherlink/cache/cache.hpp"
#include "netherlink/config/config.hpp"
#include "netherlink/im/service.hpp"

namespace netherlink::gateway {

/// Conversations, messages and history over REST. The dependencies must outlive the routes.
struct ChatApi {
  const config::Config& config;
  im::ChatService& chat;
  cache::RateLimiter& limiter;
  PendingReplies& pending;
  std::shared_ptr<LobbyPull> lobby;
};

std::vector<Route> chat_routes(const ChatApi& api);

}  // namespace netherlink::gateway
