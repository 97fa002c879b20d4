#include "cache/redis/single.hpp"

namespace netherlink::cache::redis {

Single::Single(asio::io_context& io, Url url, std::string name, Events events)
    : io_(io), url_(std::move(url)), name_(std::move(name)), timer_(io) {
  events_ = std::move(events);
}

void Single::start() {
  if (url_.kind != Url::Kind::sentinel) return connect();
  sentinels_ = std::make_unique<Sentinels>(io_, url_, name_, [this](const Endpoint& master) {
    if (link_ && link_->endpoint() == master) return;
    drop();
    connect_to(master);
  });
  sentinels_->start();
}

void Single::stop() {
  timer_.cancel();
  if (sentinels_) sentinels_->stop();
  drop();
}

/// Lets go of the server; whoever waits is told.
void Single::drop() {
  timer_.cancel();
  if (link_) std::exchange(link_, nullptr)->close();
  if (std::exchange(up_, false)) {
    events_.usable(false);
    events_.down();
  }
}

void Single::connect() {
  if (link_) return;
  if (sentinels_) {
    if (const auto master = sentinels_->master()) connect_to(*master);
    return;  // they call when they know
  }
  connect_to(url_.endpoints[attempts_++ % url_.endpoints.size()]);
}

void Single::connect_to(const Endpoint& endpoint) {
  link_ = std::make_shared<Link>(io_, endpoint, Link::Setup{url_.user, url_.password, name_, url_.database, true, true},
                                 hashes_);
  link_->connect({[this] { on_up(); }, [this, endpoint](std::string_view reason) { on_down(endpoint, reason); },
                  [this](Command& command, std::string_view error) { return on_refused(command, error); }});
}

void Single::on_up() {
  backoff_.reset();
  up_ = true;
  log_.up(link_->endpoint());
  events_.usable(true);
  events_.up();
}

void Single::on_down(const Endpoint& endpoint, std::string_view reason) {
  log_.down(endpoint, reason);
  drop();
  timer_.expires_after(backoff_.next());
  timer_.async_wait([this](boost::system::error_code ec) {
    if (!ec) connect();
  });
}

bool Single::on_refused(Command&, std::string_view error) {
  const auto code = error_code(error);
  if (code == "READONLY" || code == "LOADING" || code == "MASTERDOWN" || code == "NOAUTH") {
    link_->fail(code);  // no longer the server that we took it for
  } else {
    log_refusal(link_->endpoint(), error);
  }
  return false;
}

}  // namespace netherlink::cache::redis
