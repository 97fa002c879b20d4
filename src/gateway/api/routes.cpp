#include "gateway/api/routes.hpp"

#include "gateway/api/accounts.hpp"
#include "gateway/api/chat.hpp"
#include "gateway/api/friends.hpp"
#include "gateway/api/meta.hpp"
#include "gateway/api/web_client.hpp"

namespace netherlink::gateway {

Router all_routes(const config::Config& config, const Server::Dependencies& d, PendingReplies& pending) {
  auto& limiter = d.cache.rate_limiter();
  Router router;
  router.add(meta_routes({config, d.readiness}));
  router.add(web_routes());
  router.add(account_routes({config, d.accounts, d.users, d.preferences, d.chat, limiter}));
  router.add(friend_routes({config, d.friends, d.presence, d.users}));
  router.add(chat_routes({config, d.chat, limiter, pending}));
  router.add(
      {.method = "GET", .pattern = "/ws", .access = Access::open, .lane = Lane::io, .handler = {}, .websocket = true});
  return router;
}

}  // namespace netherlink::gateway
