#pragma once

#include <memory>
#include <span>
#include <string>

#include "gateway/delivery.hpp"
#include "gateway/http/upgrade.hpp"
#include "netherlink/cache/cache.hpp"
#include "netherlink/config/config.hpp"
#include "netherlink/core/worker_pool.hpp"
#include "netherlink/crypto/jwt.hpp"
#include "netherlink/friend/presence.hpp"
#include "netherlink/im/service.hpp"
#include "netherlink/user/service.hpp"

namespace netherlink::gateway::ws {

/// Every WebSocket of this replica: the handshake, and one hub for each I/O thread.
class WebSockets final : public UpgradeHandler {
 public:
  struct Dependencies {
    const config::Config& config;
    im::ChatService& chat;
    user::AccountService& accounts;
    friends::PresenceService& presence;
    cache::Cache& cache;
    const crypto::TokenSigner& signer;
    core::WorkerPool& store_pool;
    Delivery& delivery;
  };

  /// The I/O threads and the dependencies must outlive it.
  WebSockets(Dependencies dependencies, std::span<const std::unique_ptr<IoThread>> threads);
  /// close_all() was called and the I/O threads have been joined.
  ~WebSockets() override;

  Response handshake(const Request& request) override;
  void adopt(IoThread& thread, std::unique_ptr<Transport> transport, const Request& request,
             std::string received) override;

  /// Refuses handshakes (503), tells every session `draining`, and closes each with 1001 once what it sent is answered.
  void begin_drain();
  /// Pushes to this replica may have been lost: every session is brought level with the store. Any thread.
  void reconcile();
  /// While draining: sessions that are not closed yet. Before: sends that are not answered yet. Any thread.
  std::size_t in_flight() const;
  /// Closes what is left (1001) and cuts the hubs off from deliveries. Waits for the I/O threads, which must be
  /// running.
  void close_all();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace netherlink::gateway::ws
