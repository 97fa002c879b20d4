#pragma once

#include <map>
#include <vector>

#include "cache/redis/slots.hpp"
#include "cache/redis/topology.hpp"

namespace netherlink::cache::redis {

/// A Redis Cluster: one connection to each master; the map of slots is asked for when connecting, when a server says
/// that it is wrong (MOVED), when a server is lost, and now and then. It is up when every slot has a reachable owner.
class Cluster final : public Topology {
 public:
  Cluster(asio::io_context& io, Url url, std::string name, Events events);

  void start() override;
  void stop() override;
  std::shared_ptr<Link> route(const Command& command) override;

 private:
  struct Node {
    Endpoint endpoint;
    std::shared_ptr<Link> link;  // nullptr: away, until next_attempt
    bool owner = false;          // of a slot, as far as known
    bool seed = false;           // named by the URL
    Clock::time_point next_attempt;
    Backoff backoff;
    ConnectionLog log;

    bool up() const { return link && link->up(); }
  };
  using NodePtr = std::shared_ptr<Node>;

  NodePtr node(const Endpoint& endpoint);
  void connect(const NodePtr& node);
  void tick();
  void refresh();
  void ask(const NodePtr& node);
  void apply(const Node& teller, const Reply& slots);
  void settle();
  bool on_refused(const NodePtr& from, Command& command, std::string_view error);
  bool redirect(const NodePtr& from, Command& command, std::string_view error);

  asio::io_context& io_;
  const Url url_;
  const std::string name_;
  ScriptHashes hashes_;
  std::map<std::string, NodePtr> nodes_;
  std::vector<NodePtr> owners_;  // by slot
  asio::steady_timer timer_;
  Clock::time_point refreshed_;
  std::size_t turn_ = 0;
  bool stale_ = true, up_ = false, usable_ = false, stopped_ = false;
};

}  // namespace netherlink::cache::redis
