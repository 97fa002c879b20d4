#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "gateway/http/connection.hpp"
#include "gateway/http/listener.hpp"
#include "gateway/net/tls_context.hpp"
#include "netherlink/cache/cache.hpp"
#include "netherlink/config/config.hpp"
#include "netherlink/core/worker_pool.hpp"
#include "netherlink/crypto/jwt.hpp"
#include "support/tcp_socket.hpp"

namespace netherlink::test {

/// Takes upgraded connections over and sends back what comes, for "echo" as protocol; refuses any other.
class EchoUpgrades final : public gateway::UpgradeHandler {
 public:
  gateway::Response handshake(const gateway::Request& request) override;
  void adopt(gateway::IoThread& thread, std::unique_ptr<gateway::Transport> transport, const gateway::Request& request,
             std::string received) override;
};

/// The HTTP side of the gateway with routes of its own, on 127.0.0.1 and a free port:
///   GET /io; POST /io (answers the body); GET /store; GET /slow (answers after release()); GET /throw, /throw-later;
///   GET /drop (never answered); GET /token; POST /login (bucket); GET /full (password pool); GET /big?bytes=;
///   GET /async (from another thread); GET /echo (upgrade); GET /items/{id} (answers the id); GET /who (remote
///   address).
class HttpTestServer {
 public:
  explicit HttpTestServer(const config::Config& config = plain_config(), std::string certificate = {},
                          std::string key = {});
  ~HttpTestServer();

  /// Two threads, no rate limits, timeouts longer than any test.
  static config::Config plain_config();
  /// The same, but requests must arrive within a second.
  static config::Config impatient_config();

  std::uint16_t port() const { return listener_->port(); }
  std::string token(core::SessionId session = 7, std::chrono::seconds life = std::chrono::seconds(60)) const;
  cache::Cache& cache() { return *cache_; }
  gateway::Dispatcher& dispatcher() { return *dispatcher_; }
  std::size_t open_connections() const { return open_; }
  void release() { released_ = true; }
  void drain();
  void stop();

 private:
  std::vector<gateway::Route> routes();
  void on_each_set(const std::function<void(gateway::ConnectionSet&)>& job);

  config::Config config_;
  std::atomic<std::size_t> open_{0};
  std::atomic<bool> released_{false};
  std::unique_ptr<cache::Cache> cache_;
  crypto::TokenSigner signer_;
  EchoUpgrades upgrades_;
  gateway::TlsContext tls_;
  std::vector<std::unique_ptr<gateway::IoThread>> threads_;
  core::WorkerPool store_pool_, password_pool_, transfer_pool_;
  std::unique_ptr<gateway::Dispatcher> dispatcher_;
  std::vector<std::unique_ptr<gateway::ConnectionSet>> sets_;
  std::unique_ptr<gateway::Listener> listener_;
  std::mutex helpers_mutex_;
  std::vector<std::thread> helpers_;
  bool stopped_ = false;
};

/// An answer as a raw client sees it.
struct RawAnswer {
  int status = 0;
  std::string head, body;

  bool has(std::string_view header_line) const {
    return head.find(std::string(header_line) + "\r\n") != std::string::npos;
  }
  std::string header(std::string_view name) const;
};

/// `bodiless`: the answer to HEAD.
RawAnswer read_answer(TcpSocket& socket, bool bodiless = false);
RawAnswer ask(TcpSocket& socket, std::string_view request);
/// "GET path HTTP/1.1" with a Host and `headers` (each with its line end).
std::string get(std::string_view path, std::string_view headers = {});
std::string post(std::string_view path, std::string_view body, std::string_view headers = {});
/// Waits, patiently, until it is so.
bool eventually(const std::function<bool()>& condition);

}  // namespace netherlink::test
