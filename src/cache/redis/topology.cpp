#include "cache/redis/topology.hpp"

#include <atomic>

#include "netherlink/log/log.hpp"
#include "netherlink/metrics/metrics.hpp"

namespace netherlink::cache::redis {

void ConnectionLog::up(const Endpoint& server) {
  static auto& reconnects =
      metrics::counter("netherlink_cache_reconnects_total", "Connections to Redis after the first");
  if (was_up_) reconnects.add();
  was_up_ = true;
  last_.clear();
  log::info("cache connected", {{"server", server.text()}});
}

void ConnectionLog::down(const Endpoint& server, std::string_view reason) {
  auto text = server.text() + " " + std::string(reason);
  if (text == last_) return;
  last_ = std::move(text);
  log::warn("cache unavailable", {{"server", server.text()}, {"reason", reason}});
}

void log_refusal(const Endpoint& server, std::string_view error) {
  static auto& refusals = metrics::counter("netherlink_cache_refusals_total", "Commands that Redis refused");
  static std::atomic<Clock::rep> next{Clock::time_point::min().time_since_epoch().count()};
  refusals.add();
  const auto now = Clock::now();
  if (now.time_since_epoch().count() < next) return;
  next = (now + std::chrono::minutes(1)).time_since_epoch().count();
  log::warn("cache refuses a command", {{"server", server.text()}, {"reason", error_code(error)}});
}

}  // namespace netherlink::cache::redis
