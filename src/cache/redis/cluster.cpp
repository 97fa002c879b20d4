#include "cache/redis/cluster.hpp"

#include <charconv>

namespace netherlink::cache::redis {
namespace {

constexpr std::chrono::milliseconds tick_interval{200};
constexpr std::chrono::seconds refresh_interval{15}, ping_interval{2};
constexpr int max_hops = 5;

Command raw_command(std::vector<std::string> args, Handler done = {}) {
  Command command;
  command.args = std::move(args);
  command.raw = true;
  command.done = std::move(done);
  return command;
}

}  // namespace

Cluster::Cluster(asio::io_context& io, Url url, std::string name, Events events)
    : io_(io), url_(std::move(url)), name_(std::move(name)), owners_(slot_count), timer_(io) {
  events_ = std::move(events);
}

void Cluster::start() {
  for (const auto& endpoint : url_.endpoints) node(endpoint)->seed = true;
  tick();
}

void Cluster::stop() {
  stopped_ = true;
  timer_.cancel();
  for (auto& [name, node] : nodes_) {
    if (node->link) std::exchange(node->link, nullptr)->close();
  }
  settle();
}

std::shared_ptr<Link> Cluster::route(const Command& command) {
  if (command.key == 0) return nullptr;
  const auto& owner = owners_[slot_of(command.args[command.key])];
  return owner && owner->up() ? owner->link : nullptr;
}

Cluster::NodePtr Cluster::node(const Endpoint& endpoint) {
  auto& found = nodes_[endpoint.text()];
  if (!found) {
    found = std::make_shared<Node>();
    found->endpoint = endpoint;
  }
  return found;
}

void Cluster::connect(const NodePtr& node) {
  Link::Setup setup{url_.user, url_.password, name_, 0, true, false};
  node->link = std::make_shared<Link>(io_, node->endpoint, std::move(setup), hashes_);
  node->link->connect(
      {[this, node] {
         node->backoff.reset();
         node->log.up(node->endpoint);
         if (stale_) refresh();
         settle();
       },
       [this, node](std::string_view reason) {
         node->log.down(node->endpoint, reason);
         node->link = nullptr;
         node->next_attempt = Clock::now() + node->backoff.next();
         stale_ = true;
         settle();
       },
       [this, node](Command& command, std::string_view error) { return on_refused(node, command, error); }});
}

void Cluster::tick() {
  const auto now = Clock::now();
  for (auto at = nodes_.begin(); at != nodes_.end();) {
    const auto node = (at++)->second;
    // A map may be wrong until it is confirmed: seeds are worth a connection while it is.
    const bool wanted = node->owner || (node->seed && stale_);
    if (!node->link && wanted && now >= node->next_attempt) connect(node);
    if (!wanted && node->link && node->link->load() == 0 && !stale_) std::exchange(node->link, nullptr)->close();
    if (!node->link && !node->owner && !node->seed) nodes_.erase(node->endpoint.text());
  }
  if (stale_ || now - refreshed_ > refresh_interval) refresh();
  if (++turn_ % static_cast<std::size_t>(ping_interval / tick_interval) == 0) {
    for (auto& [name, node] : nodes_) {
      if (node->up() && node->link->load() == 0) node->link->send(raw_command({"PING"}));
    }
  }
  timer_.expires_after(tick_interval);
  timer_.async_wait([this](boost::system::error_code ec) {
    if (!ec && !stopped_) tick();
  });
}

/// Asks a server that is up, another one each time: one that was cut off may tell an old story.
void Cluster::refresh() {
  std::vector<NodePtr> candidates;
  for (auto& [name, node] : nodes_) {
    if (node->up()) candidates.push_back(node);
  }
  if (candidates.empty()) return;
  refreshed_ = Clock::now();
  ask(candidates[turn_ % candidates.size()]);
}

void Cluster::ask(const NodePtr& node) {
  node->link->send(raw_command({"CLUSTER", "SLOTS"}, [this, node](const Reply* reply) {
    if (reply != nullptr && reply->is_array() && !stopped_) apply(*node, *reply);
  }));
}

void Cluster::apply(const Node& teller, const Reply& slots) {
  std::vector<NodePtr> owners(slot_count);
  for (std::size_t i = 0; i < slots.size(); ++i) {
    const auto range = slots[i];
    if (range.size() < 3 || range[2].size() < 2) continue;
    Endpoint endpoint{std::string(range[2][0].text()), static_cast<std::uint16_t>(range[2][1].integer())};
    if (endpoint.host.empty()) endpoint.host = teller.endpoint.host;
    const auto owner = node(endpoint);
    const auto last = std::min<std::int64_t>(range[1].integer(), slot_count - 1);
    for (auto slot = std::max<std::int64_t>(range[0].integer(), 0); slot <= last; ++slot) {
      owners[static_cast<std::size_t>(slot)] = owner;
    }
  }
  for (auto& [name, node] : nodes_) node->owner = false;
  for (const auto& owner : owners) {
    if (owner) owner->owner = true;
  }
  owners_ = std::move(owners);
  stale_ = false;
  const auto now = Clock::now();
  for (const auto& [name, node] : nodes_) {
    if (node->owner && !node->link && now >= node->next_attempt) connect(node);
  }
  settle();
}

/// Tells what has changed.
void Cluster::settle() {
  bool up = !stopped_, usable = false;
  for (const auto& owner : owners_) {
    up = up && owner && owner->up();
    usable = usable || (owner && owner->up());
  }
  if (std::exchange(usable_, usable) != usable) events_.usable(usable);
  if (!up) stale_ = true;
  if (std::exchange(up_, up) == up) return;
  up ? events_.up() : events_.down();
}

bool Cluster::on_refused(const NodePtr& from, Command& command, std::string_view error) {
  const auto code = error_code(error);
  if (code == "MOVED" || code == "ASK") return redirect(from, command, error);
  if (code == "LOADING" || code == "MASTERDOWN" || code == "NOAUTH") {
    if (from->link) from->link->fail(code);
  } else if (code == "CLUSTERDOWN" || code == "READONLY") {
    stale_ = true;
  } else {
    log_refusal(from->endpoint, error);
  }
  return false;
}

/// "MOVED 3999 127.0.0.1:6381": the slot lives there now. "ASK …": it is on its way there, ask there this once.
bool Cluster::redirect(const NodePtr& from, Command& command, std::string_view error) {
  const bool moved = error.starts_with("MOVED");
  const auto space = error.find(' '), target = error.rfind(' '), colon = error.rfind(':');
  if (space == std::string_view::npos || target <= space || colon == std::string_view::npos || colon < target)
    return false;
  std::size_t slot = slot_count;
  std::uint16_t port = 0;
  std::from_chars(error.data() + space + 1, error.data() + target, slot);
  std::from_chars(error.data() + colon + 1, error.data() + error.size(), port);
  if (slot >= slot_count || port == 0) return false;
  Endpoint endpoint{std::string(error.substr(target + 1, colon - target - 1)), port};
  if (endpoint.host.empty()) endpoint.host = from->endpoint.host;
  const auto to = node(endpoint);
  if (!to->link) connect(to);
  if (moved) {
    to->owner = true;
    owners_[slot] = to;
    stale_ = true;
    settle();
  }
  if (!command.redirected || ++command.hops > max_hops || !to->link) return false;
  if (!moved) to->link->send(raw_command({"ASKING"}));
  to->link->send(std::move(command));
  return true;
}

}  // namespace netherlink::cache::redis
