#include "gateway/http/dispatcher.hpp"

#include <algorithm>

#include "gateway/http/authenticate.hpp"
#include "gateway/http/header_rules.hpp"
#include "netherlink/log/log.hpp"

namespace netherlink::gateway {
namespace {

std::string join(const std::vector<std::string_view>& methods) {
  std::string out;
  for (const auto method : methods) {
    if (!out.empty()) out += ", ";
    out += method;
  }
  return out;
}

/// 405, or the answer to OPTIONS.
Response answer_for_path(const Exchange& exchange) {
  const auto allow = join(exchange.match.allowed);
  const bool options = exchange.request->method == "OPTIONS";
  auto response = options ? Response::no_content() : Response::problem(errors::method_not_allowed);
  response.headers.emplace_back("Allow", allow);
  if (!exchange.allow_origin.empty() && Cors::is_preflight(*exchange.request)) Cors::add_preflight(response, allow);
  return response;
}

/// The handler may throw: that is a bug, told to the log and not to the client.
Response guarded(const Handler& handler, const Request& request) {
  const log::Context context(request.request_id, request.trace.trace_id);
  try {
    return handler(request);
  } catch (const std::exception& bug) {
    log::error("request failed", {{"path", request.path}, {"error", bug.what()}});
  } catch (...) {
    log::error("request failed", {{"path", request.path}, {"error", "unknown"}});
  }
  return Response::problem(errors::server_internal);
}

void guarded(const AsyncHandler& handler, const std::shared_ptr<const Request>& request, Responder responder) {
  const log::Context context(request->request_id, request->trace.trace_id);
  try {
    handler(request, std::move(responder));  // dropped on the way out of here, it answers 500
  } catch (const std::exception& bug) {
    log::error("request failed", {{"path", request->path}, {"error", bug.what()}});
  } catch (...) {
    log::error("request failed", {{"path", request->path}, {"error", "unknown"}});
  }
}

}  // namespace

Dispatcher::Dispatcher(Dependencies dependencies, Router router)
    : dependencies_(std::move(dependencies)),
      router_(std::move(router)),
      proxies_(dependencies_.config.http.trusted_proxies),
      cors_(dependencies_.config.http.cors_origins),
      rates_(dependencies_.config.rate_limits, dependencies_.cache.rate_limiter()),
      log_(router_) {}

std::optional<Response> Dispatcher::screen(Exchange& exchange, std::string_view peer,
                                           const RequestReader& reader) const {
  auto& request = *exchange.request;
  proxies_.resolve(peer, request);
  identify(request);
  exchange.allow_origin = cors_.allowed(request);
  exchange.match = router_.match(request.method, request.path);
  if (auto refusal = admit(exchange)) return refusal;
  if (const auto expect = request.header("expect"); !expect.empty() && !expects_continue(request)) {
    return Response::problem(errors::request_expectation_failed);
  }
  return check_body(exchange, reader);
}

std::optional<Response> Dispatcher::admit(Exchange& exchange) const {
  auto& request = *exchange.request;
  const auto* const route = exchange.match.route;
  if (!route || route->limited) {
    if (const auto refusal = rates_.by_address(request.remote_address)) return Response::problem(*refusal);
  }
  if (!route) {
    if (request.path == "*" && request.method == "OPTIONS") return Response::no_content();
    if (exchange.match.allowed.empty()) return Response::problem(errors::resource_not_found);
    return answer_for_path(exchange);
  }
  request.path_params = std::move(exchange.match.params);
  if (route->access == Access::token) {
    const auto principal = authenticate(bearer_token(request.header("authorization")), dependencies_.signer,
                                        dependencies_.cache.revoked_sessions(), core::now_ms());
    if (!principal) return Response::problem(principal.error());
    request.principal = *principal;
    if (dependencies_.seen) dependencies_.seen(principal->session_id);
  }
  return check_limits(exchange);
}

std::optional<Response> Dispatcher::check_limits(const Exchange& exchange) const {
  const auto& request = *exchange.request;
  const auto& route = *exchange.match.route;
  std::optional<core::Error> refusal;
  if (request.principal) refusal = rates_.by_user(request.principal->user_id);
  if (!refusal) refusal = rates_.by_class(route.rate_class, request.remote_address);
  if (!refusal && route.websocket) refusal = rates_.by_connect(request.remote_address);
  if (refusal) return Response::problem(*refusal);
  return std::nullopt;
}

std::optional<Response> Dispatcher::check_body(const Exchange& exchange, const RequestReader& reader) const {
  const auto& route = *exchange.match.route;
  const auto& request = *exchange.request;
  if (route.sink && !is_raw(request)) {
    return Response::problem({errors::request_unsupported_media_type, "the body must be application/octet-stream"});
  }
  if (!reader.has_body()) return std::nullopt;
  const auto most = route.sink ? route.body_bytes : limits().body_bytes;
  if (reader.content_length().value_or(0) > most) return Response::problem(errors::request_too_large);
  if (!route.sink && !is_json(request)) return Response::problem(errors::request_unsupported_media_type);
  return std::nullopt;
}

core::WorkerPool& Dispatcher::pool_of(Lane lane) const {
  if (lane == Lane::password) return dependencies_.password_pool;
  return lane == Lane::transfer ? dependencies_.transfer_pool : dependencies_.store_pool;
}

bool Dispatcher::transfer(const std::shared_ptr<const Request>& request, std::function<std::optional<Response>()> job,
                          std::function<void(std::optional<Response>)> done) const {
  return dependencies_.transfer_pool.try_post([request, job = std::move(job), done = std::move(done)] {
    std::optional<Response> answer;
    const Handler run = [&](const Request&) {
      answer = job();
      return Response();
    };
    const auto outcome = guarded(run, *request);
    done(outcome.status == 500 ? std::optional(outcome) : std::move(answer));
  });
}

std::optional<Response> Dispatcher::run(const Exchange& exchange,
                                        const std::function<Responder()>& make_responder) const {
  const auto& route = *exchange.match.route;
  if (route.lane == Lane::io) {
    if (!route.async_handler) return guarded(route.handler, *exchange.request);
    guarded(route.async_handler, exchange.request, make_responder());
    return std::nullopt;
  }
  if (post(pool_of(route.lane), exchange, make_responder())) return std::nullopt;
  return Response::problem(core::Error(errors::server_overloaded, std::chrono::seconds(1)));
}

bool Dispatcher::post(core::WorkerPool& pool, const Exchange& exchange, Responder responder) const {
  const auto* const route = exchange.match.route;
  return pool.try_post(
      [route, request = std::shared_ptr<const Request>(exchange.request), responder = std::move(responder)] {
        if (route->async_handler) {
          guarded(route->async_handler, request, responder);
        } else {
          responder(guarded(route->handler, *request));
        }
      });
}

Response Dispatcher::handshake(const Exchange& exchange) const {
  const auto& request = *exchange.request;
  if (!asks_for_websocket(request) || exchange.http_1_0) return upgrade_required();
  if (!request.body.empty()) {
    return Response::problem({errors::request_malformed, "a handshake has no body"});
  }
  const Handler handler = [this](const Request& r) { return dependencies_.upgrades->handshake(r); };
  return guarded(handler, request);
}

}  // namespace netherlink::gateway
