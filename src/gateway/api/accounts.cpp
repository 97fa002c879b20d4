#include "gateway/api/accounts.hpp"

#include "gateway/api/account_calls.hpp"

namespace netherlink::gateway {
namespace {

using Call = Response (*)(const AccountHandlers&, const Request&);

}  // namespace

std::vector<Route> account_routes(const AccountHandlers& handlers) {
  const auto route = [&handlers](std::string_view method, std::string_view pattern, Access access, Lane lane, Call call,
                                 RateClass rate_class = RateClass::none) {
    return Route{.method = method,
                 .pattern = pattern,
                 .access = access,
                 .lane = lane,
                 .handler = [handlers, call](const Request& request) { return call(handlers, request); },
                 .async_handler = {},
                 .rate_class = rate_class};
  };
  constexpr Access open = Access::open, token = Access::token;
  constexpr Lane store = Lane::store, password = Lane::password;
  return {
      route("POST", "/api/v1/auth/register", open, password, accounts::register_user, RateClass::registration),
      route("POST", "/api/v1/auth/login", open, password, accounts::login, RateClass::login),
      route("POST", "/api/v1/auth/guest", open, store, accounts::register_guest, RateClass::registration),
      route("POST", "/api/v1/auth/upgrade", token, password, accounts::upgrade, RateClass::registration),
      route("POST", "/api/v1/auth/refresh", open, store, accounts::refresh),
      route("POST", "/api/v1/auth/logout", token, store, accounts::logout),
      route("GET", "/api/v1/users/me", token, store, accounts::own_profile),
      route("PATCH", "/api/v1/users/me", token, store, accounts::update_profile),
      route("DELETE", "/api/v1/users/me", token, password, accounts::delete_account),
      route("GET", "/api/v1/users/me/preferences", token, store, accounts::preferences),
      route("PATCH", "/api/v1/users/me/preferences", token, store, accounts::change_preferences),
      route("PUT", "/api/v1/users/me/password", token, password, accounts::change_password),
      route("GET", "/api/v1/users/me/sessions", token, store, accounts::list_sessions),
      route("DELETE", "/api/v1/users/me/sessions/{id}", token, store, accounts::revoke_session),
      route("GET", "/api/v1/users", token, store, accounts::search),
      route("GET", "/api/v1/users/{id}", token, store, accounts::profile),
  };
}

}  // namespace netherlink::gateway
