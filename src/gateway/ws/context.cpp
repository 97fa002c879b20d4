#include "gateway/ws/context.hpp"

#include <algorithm>
#include <memory>

namespace netherlink::gateway::ws {

Settings::Settings(const config::Config& config)
    : instance(config.instance.id),
      send_queue_bytes(config.ws.send_queue_bytes),
      frame_bytes(config.ws.frame_bytes),
      max_in_flight(config.ws.max_in_flight),
      max_sessions_per_user(config.ws.max_sessions_per_user),
      json_depth(config.http.json_depth),
      heartbeat(config.heartbeat),
      heartbeat_interval(config.heartbeat.interval),
      probe_count(config.heartbeat.probe_count),
      rate_limits(config.rate_limits.enabled),
      max_watched(config.presence.max_watched),
      storm_threshold(config.lobby.storm_threshold),
      large_fan_out(config.groups.large_threshold / std::max<std::size_t>(config.http.threads, 1)),
      fan_out_shard(config.groups.shard),
      room_watch_interval(config.rooms.watch_interval),
      frame_bucket{config.rate_limits.user.burst, config.rate_limits.user.per_second},
      message_bucket{config.rate_limits.message_user.burst, config.rate_limits.message_user.per_second},
      reconnect_after(config.drain.reconnect_after) {}

Metrics::Metrics()
    : connections(metrics::gauge("netherlink_ws_connections", "Open WebSockets")),
      online_users(metrics::gauge("netherlink_online_users", "Users with at least one WebSocket here")),
      deliveries(metrics::counter("netherlink_deliveries_total", "Messages queued for a socket")),
      slow_clients(
          metrics::counter("netherlink_slow_clients_closed_total", "Sockets closed because they read too slowly")),
      gap_repairs(metrics::counter("netherlink_gap_repairs_total", "Gaps in a conversation filled from the store")),
      resumed(metrics::counter("netherlink_resume_total", "Answered sync requests", {{"complete", "true"}})),
      resumed_in_part(metrics::counter("netherlink_resume_total", "Answered sync requests", {{"complete", "false"}})),
      send_to_ack(metrics::histogram("netherlink_send_to_ack_seconds", "From a message's frame to its ack",
                                     metrics::latency_bounds())) {}

std::size_t Presence::count(user::UserId user) const {
  const std::lock_guard lock(mutex_);
  const auto found = sockets_.find(user);
  return found == sockets_.end() ? 0 : found->second;
}

bool Presence::enter(user::UserId user, std::size_t limit) {
  const std::lock_guard lock(mutex_);
  std::uint32_t& count = sockets_[user];
  if (limit != 0 && count >= limit) return false;
  ++count;
  return true;
}

void Presence::leave(user::UserId user) {
  const std::lock_guard lock(mutex_);
  const auto found = sockets_.find(user);
  if (found != sockets_.end() && --found->second == 0) sockets_.erase(found);
}

std::size_t Presence::users() const {
  const std::lock_guard lock(mutex_);
  return sockets_.size();
}

bool StoreJobs::try_post(std::function<void()> job) {
  {
    const std::lock_guard lock(mutex_);
    ++running_;
  }
  // Counted until the job is destroyed, so that what it captured is gone too.
  auto counted = std::shared_ptr<void>(nullptr, [this](void*) { done(); });
  return pool_.try_post([job = std::move(job), counted = std::move(counted)] { job(); });
}

void StoreJobs::done() {
  const std::lock_guard lock(mutex_);
  if (--running_ == 0) none_.notify_all();
}

void StoreJobs::wait_for_all() {
  std::unique_lock lock(mutex_);
  none_.wait(lock, [this] { return running_ == 0; });
}

}  // namespace netherlink::gateway::ws
