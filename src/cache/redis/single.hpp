#pragma once

#include "cache/redis/sentinels.hpp"
#include "cache/redis/topology.hpp"

namespace netherlink::cache::redis {

/// One server: the given one, or the one that the sentinels call master.
class Single final : public Topology {
 public:
  Single(asio::io_context& io, Url url, std::string name, Events events);

  void start() override;
  void stop() override;
  std::shared_ptr<Link> route(const Command&) override { return link_ && link_->up() ? link_ : nullptr; }

 private:
  void connect();
  void connect_to(const Endpoint& endpoint);
  void on_up();
  void on_down(const Endpoint& endpoint, std::string_view reason);
  bool on_refused(Command& command, std::string_view error);
  void drop();

  asio::io_context& io_;
  const Url url_;
  const std::string name_;
  ScriptHashes hashes_;
  std::unique_ptr<Sentinels> sentinels_;
  std::shared_ptr<Link> link_;
  asio::steady_timer timer_;
  Backoff backoff_;
  ConnectionLog log_;
  std::size_t attempts_ = 0;
  bool up_ = false;
};

}  // namespace netherlink::cache::redis
