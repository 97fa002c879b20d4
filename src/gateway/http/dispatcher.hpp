#pragma once

#include <atomic>
#include <functional>
#include <optional>

#include "gateway/http/access_log.hpp"
#include "gateway/http/client_address.hpp"
#include "gateway/http/cors.hpp"
#include "gateway/http/exchange.hpp"
#include "gateway/http/rate_limits.hpp"
#include "gateway/http/request_reader.hpp"
#include "gateway/http/upgrade.hpp"
#include "netherlink/core/worker_pool.hpp"
#include "netherlink/crypto/jwt.hpp"

namespace netherlink::gateway {

/// What happens between a request and its handler, for every connection of a port: who asks, may they, how much, and on
/// which lane the handler runs. The one place where exceptions end. Thread-safe.
class Dispatcher {
 public:
  struct Dependencies {
    const config::Config& config;
    cache::Cache& cache;
    const crypto::TokenSigner& signer;
    core::WorkerPool& store_pool;
    core::WorkerPool& password_pool;
    core::WorkerPool& transfer_pool;
    std::function<void(core::SessionId)> seen;  // a session was used; never blocks
    UpgradeHandler* upgrades = nullptr;         // nullptr: no route is a websocket
  };

  /// The dependencies must outlive it; the routes are fixed.
  Dispatcher(Dependencies dependencies, Router router);

  /// Decides by the header alone: completes the request (client, ids, principal, route), or refuses it. The order:
  /// bucket of the address, 404, 405, 401, the other buckets, 417, 413, 415.
  std::optional<Response> screen(Exchange& exchange, std::string_view peer, const RequestReader& reader) const;

  /// Runs the handler of a screened, complete request. Either the answer, at once, or nullopt: then what
  /// `make_responder` made will answer. It may have been called for the first case too; what comes from there must then
  /// be ignored.
  std::optional<Response> run(const Exchange& exchange, const std::function<Responder()>& make_responder) const;

  /// Runs `job` for this request where files are read and written; false: too many wait there already. What it throws
  /// is answered with 500.
  bool transfer(const std::shared_ptr<const Request>& request, std::function<std::optional<Response>()> job,
                std::function<void(std::optional<Response>)> done) const;

  /// A handshake on a websocket route: the answer of the UpgradeHandler, or a refusal of our own.
  Response handshake(const Exchange& exchange) const;
  UpgradeHandler* upgrades() const { return dependencies_.upgrades; }

  const config::Config::Http& limits() const { return dependencies_.config.http; }
  const Router& router() const { return router_; }
  AccessLog& log() { return log_; }
  const Cors& cors() const { return cors_; }

  std::atomic<bool> draining{false};
  std::atomic<std::size_t> in_flight{0};  // requests begun and not answered

 private:
  std::optional<Response> admit(Exchange& exchange) const;
  std::optional<Response> check_limits(const Exchange& exchange) const;
  std::optional<Response> check_body(const Exchange& exchange, const RequestReader& reader) const;
  core::WorkerPool& pool_of(Lane lane) const;
  bool post(core::WorkerPool& pool, const Exchange& exchange, Responder responder) const;

  Dependencies dependencies_;
  Router router_;
  TrustedProxies proxies_;
  Cors cors_;
  RateLimits rates_;
  AccessLog log_;
};

}  // namespace netherlink::gateway
