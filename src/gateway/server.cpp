#include "netherlink/gateway/server.hpp"

#include <algorithm>
#include <future>

#include "gateway/api/meta.hpp"
#include "gateway/api/routes.hpp"
#include "gateway/delivery.hpp"
#include "gateway/http/connection.hpp"
#include "gateway/http/listener.hpp"
#include "gateway/net/tls_context.hpp"
#include "gateway/ws/websockets.hpp"

namespace netherlink::gateway {
namespace {

/// Runs `job` on the thread and waits for it.
template <class Job>
void run_on(IoThread& thread, Job job) {
  std::promise<void> done;
  thread.post([&] {
    job();
    done.set_value();
  });
  done.get_future().wait();
}

bool serves_clients(const config::Config& config) {
  return std::ranges::find(config.instance.roles, "gateway") != config.instance.roles.end();
}

}  // namespace

/// In the order of construction; what is below uses what is above. Answers that are still owed when it ends are posted
/// to the I/O threads, which therefore go last.
struct Server::Impl {
  explicit Impl(const config::Config& c) : config(c), delivery(c.instance.id) {
    for (std::size_t i = 0; i < std::max<std::size_t>(c.http.threads, 1); ++i) {
      threads.push_back(std::make_unique<IoThread>(i));
    }
  }

  core::result<void> listen();
  void build(const Dependencies& d);
  std::unique_ptr<Listener> make_listener(const std::string& address, std::uint16_t port, ssl_ctx_st* tls_context,
                                          std::unique_ptr<Dispatcher>& target);
  void accept(Dispatcher& dispatcher, IoThread& thread, std::unique_ptr<Transport> transport, bool full);
  void close_listeners();
  template <class Job>
  void on_each_set(Job job) {
    for (auto& set : sets) run_on(set->thread(), [&] { job(*set); });
  }

  const config::Config& config;
  std::atomic<std::size_t> open_connections{0};
  TlsContext tls;
  std::vector<std::unique_ptr<IoThread>> threads;
  Delivery delivery;
  std::unique_ptr<ws::WebSockets> sockets;
  std::unique_ptr<Dispatcher> dispatcher, metrics_dispatcher;
  std::vector<std::unique_ptr<ConnectionSet>> sets;  // one for each thread
  std::unique_ptr<Listener> listener, metrics_listener;
  std::atomic<bool> running{false};
};

std::unique_ptr<Listener> Server::Impl::make_listener(const std::string& address, std::uint16_t port,
                                                      ssl_ctx_st* tls_context, std::unique_ptr<Dispatcher>& target) {
  Listener::Options options{
      .address = address,
      .port = port,
      .max_connections = config.http.max_connections,
      .tls = tls_context,
      .threads = threads,
      .open = open_connections,
      .accepted = [this, &target](IoThread& thread, std::unique_ptr<Transport> transport, bool full) {
        accept(*target, thread, std::move(transport), full);
      }};
  return std::make_unique<Listener>(*threads.front(), std::move(options));
}

core::result<void> Server::Impl::listen() {
  const auto& files = config.http.tls;
  if (!files.certificate_file.empty()) {
    auto made = make_tls_context(files.certificate_file, files.key_file);
    if (!made) return made.error();
    tls = std::move(*made);
  }
  listener = make_listener(config.http.address, config.http.port, tls.get(), dispatcher);
  if (auto opened = listener->open(); !opened) return opened;
  if (config.metrics.address.empty()) return {};
  metrics_listener = make_listener(config.metrics.address, config.metrics.port, nullptr, metrics_dispatcher);
  return metrics_listener->open();
}

void Server::Impl::build(const Dependencies& d) {
  sockets = std::make_unique<ws::WebSockets>(
      ws::WebSockets::Dependencies{config, d.chat, d.accounts, d.presence, d.cache, d.signer, d.store_pool, delivery},
      threads);
  const Dispatcher::Dependencies shared{config,
                                        d.cache,
                                        d.signer,
                                        d.store_pool,
                                        d.password_pool,
                                        d.transfer_pool,
                                        [&accounts = d.accounts](core::SessionId id) { accounts.seen(id); },
                                        sockets.get()};
  Router metrics_router;
  metrics_router.add(metrics_port_routes({config, d.readiness}));
  metrics_dispatcher = std::make_unique<Dispatcher>(shared, metrics_router);
  // Without the gateway role this replica only says how it is.
  Router public_router = serves_clients(config) ? all_routes(config, d, delivery.pending()) : metrics_router;
  dispatcher = std::make_unique<Dispatcher>(shared, std::move(public_router));
  for (const auto& thread : threads) sets.push_back(std::make_unique<ConnectionSet>(*thread));
}

void Server::Impl::accept(Dispatcher& target, IoThread& thread, std::unique_ptr<Transport> transport, bool full) {
  auto& set = *sets[thread.index()];
  const auto connection = std::make_shared<Connection>(std::move(transport), target, set);
  set.add(connection);
  if (full) {
    connection->start_refusing(core::Error(errors::server_overloaded, std::chrono::seconds(1)));
  } else {
    connection->start();
  }
}

void Server::Impl::close_listeners() {
  run_on(*threads.front(), [this] {
    listener->close();
    if (metrics_listener) metrics_listener->close();
  });
}

Server::Server(const config::Config& config) : impl_(std::make_unique<Impl>(config)) {}

Server::~Server() {
  stop();
}

im::Delivery& Server::delivery() {
  return impl_->delivery;
}

core::result<void> Server::start(const Dependencies& dependencies) {
  raise_descriptor_limit();
  if (auto listening = impl_->listen(); !listening) return listening;
  impl_->build(dependencies);
  for (const auto& thread : impl_->threads) thread->start();
  impl_->running = true;
  return {};
}

std::uint16_t Server::port() const {
  return impl_->listener ? impl_->listener->port() : 0;
}

void Server::reconcile() {
  if (impl_->running) impl_->sockets->reconcile();
}

void Server::begin_drain() {
  if (!impl_->running) return;
  impl_->dispatcher->draining = impl_->metrics_dispatcher->draining = true;
  impl_->close_listeners();
  impl_->sockets->begin_drain();
  impl_->on_each_set([](ConnectionSet& set) { set.drain(); });
}

std::size_t Server::in_flight() const {
  if (!impl_->running) return 0;
  return impl_->dispatcher->in_flight + impl_->sockets->in_flight();
}

void Server::stop() {
  if (!impl_->running.exchange(false)) return;
  impl_->close_listeners();
  impl_->sockets->close_all();
  impl_->on_each_set([](ConnectionSet& set) { set.close_all(); });
  for (const auto& thread : impl_->threads) thread->stop();
}

}  // namespace netherlink::gateway
