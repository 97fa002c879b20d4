#include "gateway/api/routes.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "gateway/api/accounts.hpp"
#include "gateway/api/attachments.hpp"
#include "gateway/api/chat.hpp"
#include "gateway/api/e2e.hpp"
#include "gateway/api/email.hpp"
#include "gateway/api/friends.hpp"
#include "gateway/api/groups.hpp"
#include "gateway/api/meta.hpp"
#include "gateway/api/rooms.hpp"
#include "gateway/api/vpn.hpp"
#include "gateway/api/web_client.hpp"

namespace netherlink::gateway {
namespace {

/// What guests may not do (U10), by method and pattern.
constexpr std::array<std::pair<std::string_view, std::string_view>, 12> for_accounts{{
    {"POST", "/api/v1/friends/requests"},
    {"PUT", "/api/v1/users/me/password"},
    {"PUT", "/api/v1/users/me/email"},
    {"DELETE", "/api/v1/users/me/email"},
    {"POST", "/api/v1/auth/email/verify/request"},
    {"POST", "/api/v1/attachments"},
    {"POST", "/api/v1/groups"},
    {"POST", "/api/v1/groups/{id}/link"},
    {"POST", "/api/v1/rooms"},
    {"POST", "/api/v1/rooms/{id}/link"},
    {"POST", "/api/v1/rooms/{id}/invite"},
    {"POST", "/api/v1/rooms/quick-join"},
}};

std::optional<core::Error> refusal(user::UserDirectory& users, const Request& request) {
  const auto user = users.find(request.principal->user_id);
  if (!user) return user.error();
  if (*user && (*user)->guest) return errors::auth_guest;
  return std::nullopt;
}

Handler without_guests(user::UserDirectory& users, Handler handler) {
  return [&users, handler = std::move(handler)](const Request& request) {
    const auto refused = refusal(users, request);
    return refused ? Response::problem(*refused) : handler(request);
  };
}

AsyncHandler without_guests(user::UserDirectory& users, AsyncHandler handler) {
  return [&users, handler = std::move(handler)](const std::shared_ptr<const Request>& request, Responder respond) {
    if (const auto refused = refusal(users, *request)) return respond(Response::problem(*refused));
    handler(request, std::move(respond));
  };
}

std::vector<Route> guarded(std::vector<Route> routes, user::UserDirectory& users) {
  for (auto& route : routes) {
    const auto row = std::pair(route.method, route.pattern);
    if (std::ranges::find(for_accounts, row) == for_accounts.end()) continue;
    if (route.handler) route.handler = without_guests(users, std::move(route.handler));
    if (route.async_handler) route.async_handler = without_guests(users, std::move(route.async_handler));
  }
  return routes;
}

/// A code opens a group or a room; what it opens cannot be seen from it.
core::result<void> enter_by_code(im::GroupService& groups, room::RoomService& rooms, core::UserId user,
                                 const std::string& code) {
  const auto group = groups.join(user, code);
  if (group) return {};
  if (!group.error().is(errors::group_link_invalid)) return group.error();
  const auto room = rooms.join_by_code(user, code, {});
  if (room) return {};
  return room.error();
}

}  // namespace

Router all_routes(const config::Config& config, const Server::Dependencies& d, PendingReplies& pending) {
  auto& limiter = d.cache.rate_limiter();
  Router router;
  const auto add = [&](std::vector<Route> routes) { router.add(guarded(std::move(routes), d.users)); };
  add(meta_routes({config, d.readiness, d.attachments != nullptr}));
  add(web_routes());
  const auto enter = [&groups = d.groups, &rooms = d.rooms](core::UserId user, const std::string& code) {
    return enter_by_code(groups, rooms, user, code);
  };
  const auto greet = [&vpn = d.vpn](const vpn::VpnService::Device& device) { return vpn.greet(device); };
  const EmailHandlers email{config, d.mail, d.users, limiter};
  const auto welcome = [email](const user::User& user, const Request& request) { greet_by_mail(email, user, request); };
  add(account_routes({config, d.accounts, d.users, d.preferences, d.chat, limiter, enter, greet, welcome}));
  add(email_routes(email));
  add(friend_routes({config, d.friends, d.presence, d.users}));
  add(group_routes({config, d.groups, d.users}));
  add(room_routes({config, d.rooms, d.users, d.password_pool}));
  add(vpn_routes({config, d.rooms, d.vpn}));
  add(e2e_routes({config, d.keys}));
  add(chat_routes({config, d.chat, limiter, pending, std::make_shared<LobbyPull>(d.chat)}));
  add(attachment_routes({config, d.attachments, d.chat, d.cache, d.signer}));
  router.add(
      {.method = "GET", .pattern = "/ws", .access = Access::open, .lane = Lane::io, .handler = {}, .websocket = true});
  return router;
}

}  // namespace netherlink::gateway
