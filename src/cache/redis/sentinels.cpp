#include "cache/redis/sentinels.hpp"

#include <charconv>

#include "netherlink/log/log.hpp"

namespace netherlink::cache::redis {
namespace {

constexpr std::chrono::seconds ask_interval{1}, answer_counts{4};

template <class Number>
Number number(std::string_view text) {
  Number value{};
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

Sentinels::Sentinels(asio::io_context& io, const Url& url, std::string name,
                     std::function<void(const Endpoint&)> changed)
    : io_(io), url_(url), name_(std::move(name)), changed_(std::move(changed)), timer_(io) {
  for (const auto& endpoint : url.endpoints) {
    sentinels_.push_back(std::make_unique<Sentinel>());
    sentinels_.back()->endpoint = endpoint;
  }
}

void Sentinels::start() {
  tick();
}

void Sentinels::stop() {
  timer_.cancel();
  for (auto& sentinel : sentinels_) {
    if (sentinel->link) std::exchange(sentinel->link, nullptr)->close();
  }
}

void Sentinels::tick() {
  for (auto& sentinel : sentinels_) {
    if (!sentinel->link) {
      if (Clock::now() >= sentinel->next_attempt) connect(*sentinel);
    } else if (sentinel->link->up()) {
      ask(*sentinel);
    }
  }
  decide();
  timer_.expires_after(ask_interval);
  timer_.async_wait([this](boost::system::error_code ec) {
    if (!ec) tick();
  });
}

void Sentinels::connect(Sentinel& sentinel) {
  Link::Setup setup;
  setup.name = name_;
  setup.data = false;
  if (sentinel.authenticated) {
    setup.user = url_.user;
    setup.password = url_.password;
  }
  sentinel.link = std::make_shared<Link>(io_, sentinel.endpoint, std::move(setup), no_hashes_);
  sentinel.link->connect({[this, &sentinel] {
                            sentinel.backoff.reset();
                            sentinel.log.up(sentinel.endpoint);
                            ask(sentinel);
                          },
                          [this, &sentinel](std::string_view reason) {
                            // Sentinels often have no password; those that have one say so.
                            if (reason.ends_with("NOAUTH") && !url_.password.empty()) sentinel.authenticated = true;
                            sentinel.log.down(sentinel.endpoint, reason);
                            sentinel.link = nullptr;
                            sentinel.next_attempt = Clock::now() + sentinel.backoff.next();
                          },
                          [](Command&, std::string_view) { return false; }});
}

void Sentinels::ask(Sentinel& sentinel) {
  Command command;
  command.args = {"SENTINEL", "MASTER", url_.master};
  command.raw = true;
  command.done = [this, &sentinel](const Reply* reply) {
    if (reply != nullptr) learn(sentinel, *reply);
  };
  sentinel.link->send(std::move(command));
}

void Sentinels::learn(Sentinel& sentinel, const Reply& reply) {
  if (reply.is_error()) {
    sentinel.log.down(sentinel.endpoint, "it does not know master " + url_.master);
    return;
  }
  Endpoint master;
  std::int64_t epoch = 0;
  for (std::size_t i = 0; i + 1 < reply.size(); i += 2) {
    const auto name = reply[i].text(), value = reply[i + 1].text();
    if (name == "ip") master.host = value;
    if (name == "port") master.port = number<std::uint16_t>(value);
    if (name == "config-epoch") epoch = number<std::int64_t>(value);
  }
  if (master.host.empty() || master.port == 0) return;
  sentinel.master = std::move(master);
  sentinel.epoch = epoch;
  sentinel.answered = Clock::now();
  decide();
}

void Sentinels::decide() {
  const auto now = Clock::now();
  const Sentinel* best = nullptr;
  for (const auto& sentinel : sentinels_) {
    if (sentinel->epoch < 0 || now - sentinel->answered > answer_counts) continue;
    if (best == nullptr || sentinel->epoch > best->epoch) best = sentinel.get();
  }
  if (best == nullptr || (master_ && *master_ == best->master)) return;
  master_ = best->master;
  log::info("cache master", {{"server", master_->text()}, {"name", url_.master}});
  changed_(*master_);
}

}  // namespace netherlink::cache::redis
