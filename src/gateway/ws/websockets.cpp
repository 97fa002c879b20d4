#include "gateway/ws/websockets.hpp"

#include <atomic>
#include <future>

#include "gateway/http/authenticate.hpp"
#include "gateway/ws/handshake.hpp"
#include "gateway/ws/hub.hpp"

namespace netherlink::gateway::ws {
namespace {

/// Gives up REST callers whose answer never came.
class PendingSweeper final : public WheelTimer {
 public:
  PendingSweeper(PendingReplies& pending, TimingWheel& wheel) : pending_(pending), wheel_(wheel) {}
  void start() { wheel_.arm(*this, std::chrono::seconds(1)); }

 private:
  void on_timer() override {
    pending_.expire(PendingReplies::Clock::now());
    start();
  }

  PendingReplies& pending_;
  TimingWheel& wheel_;
};

}  // namespace

struct WebSockets::Impl {
  Impl(Dependencies d, std::span<const std::unique_ptr<IoThread>> threads)
      : config(d.config),
        delivery(d.delivery),
        context{Settings(d.config), d.chat, d.accounts, d.presence, d.cache, d.signer, StoreJobs(d.store_pool), {}, {}},
        sweeper(d.delivery.pending(), threads.front()->wheel()) {
    std::vector<Inbox*> inboxes;
    for (const auto& thread : threads) {
      hubs.push_back(std::make_unique<Hub>(context, *thread));
      inboxes.push_back(&hubs.back()->inbox());
    }
    delivery.connect(std::move(inboxes));
    threads.front()->post([this] { sweeper.start(); });
  }

  core::result<user::Principal> authenticate_request(const Request& request) const {
    if (request.principal) return *request.principal;
    return authenticate(handshake_token(request), context.signer, context.cache.revoked_sessions(), core::now_ms());
  }

  core::result<std::string_view> admit(const Request& request) const {
    if (const auto upgrade = check_upgrade(request); !upgrade) return upgrade.error();
    if (const auto origin = check_origin(request, config.ws.origins); !origin) return origin.error();
    const auto principal = authenticate_request(request);
    if (!principal) return principal.error();
    if (draining) return core::Error(errors::server_unavailable, context.settings.reconnect_after);
    const std::size_t most = context.settings.max_sessions_per_user;
    if (most != 0 && context.presence.count(principal->user_id) >= most) {
      return core::Error(errors::request_rate_limited, std::chrono::seconds(10));
    }
    return choose_subprotocol(request);
  }

  /// Runs `job` on every hub's thread and waits for all.
  void on_each_hub(const std::function<void(Hub&)>& job) {
    std::vector<std::future<void>> done;
    for (const auto& hub : hubs) {
      auto promise = std::make_shared<std::promise<void>>();
      done.push_back(promise->get_future());
      hub->post([&job, &hub = *hub, promise] {
        job(hub);
        promise->set_value();
      });
    }
    for (auto& one : done) one.wait();
  }

  const config::Config& config;
  Delivery& delivery;
  Context context;
  std::vector<std::unique_ptr<Hub>> hubs;
  PendingSweeper sweeper;
  std::atomic<bool> draining{false};
};

WebSockets::WebSockets(Dependencies dependencies, std::span<const std::unique_ptr<IoThread>> threads)
    : impl_(std::make_unique<Impl>(dependencies, threads)) {}

WebSockets::~WebSockets() = default;

Response WebSockets::handshake(const Request& request) {
  const auto subprotocol = impl_->admit(request);
  return subprotocol ? switching_protocols(request, *subprotocol) : handshake_refused(subprotocol.error());
}

void WebSockets::adopt(IoThread& thread, std::unique_ptr<Transport> transport, const Request& request,
                       std::string received) {
  const auto principal = impl_->authenticate_request(request);
  // Valid a moment ago: it expired or was revoked while the 101 was written.
  if (!principal) return transport->close();
  const auto subprotocol = choose_subprotocol(request);
  const Encoding encoding = encoding_of(subprotocol ? *subprotocol : json_subprotocol);
  impl_->hubs.at(thread.index())->adopt(std::move(transport), *principal, encoding, std::move(received));
}

void WebSockets::begin_drain() {
  impl_->draining = true;
  impl_->on_each_hub([](Hub& hub) { hub.begin_drain(); });
}

void WebSockets::reconcile() {
  for (const auto& hub : impl_->hubs) {
    hub->post([&hub = *hub] { hub.reconcile(); });
  }
}

std::size_t WebSockets::in_flight() const {
  std::size_t count = 0;
  for (const auto& hub : impl_->hubs) count += hub->in_flight();
  return count;
}

void WebSockets::close_all() {
  impl_->draining = true;
  for (const auto& hub : impl_->hubs) hub->inbox().close();
  impl_->delivery.disconnect();
  impl_->on_each_hub([](Hub& hub) { hub.close_all(); });
  // Last: what a job posts finds no session any more.
  impl_->context.jobs.wait_for_all();
  impl_->on_each_hub([this](Hub& hub) {
    if (&hub == impl_->hubs.front().get()) impl_->sweeper.cancel();
  });
}

}  // namespace netherlink::gateway::ws
