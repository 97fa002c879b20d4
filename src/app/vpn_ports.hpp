#pragma once

#include <memory>
#include <unordered_set>
#include <vector>

#include "netherlink/config/config.hpp"
#include "netherlink/e2e/service.hpp"
#include "netherlink/friend/ports.hpp"
#include "netherlink/room/ports.hpp"
#include "netherlink/user/ports.hpp"
#include "netherlink/vpn/headscale.hpp"
#include "netherlink/vpn/service.hpp"

namespace netherlink::app {

inline vpn::Options vpn_options(const config::Config& config) {
  const auto& from = config.vpn;
  vpn::Options options;
  options.instance = config.instance.id;
  options.debounce = from.debounce;
  options.poll_interval = from.poll_interval;
  options.reconcile_interval = from.reconcile_interval;
  options.lease_ttl = from.lease_ttl;
  options.call_timeout = from.timeout;
  options.key_ttl = from.key_ttl;
  options.max_devices = from.max_devices;
  options.keys_ahead = from.keys_ahead;
  options.limit_keys = config.rate_limits.enabled;
  options.keys = {config.rate_limits.vpn_key.burst, config.rate_limits.vpn_key.per_second};
  return options;
}

inline std::vector<vpn::VpnService::Server> vpn_cells(const config::Config& config) {
  std::vector<vpn::VpnService::Server> servers;
  for (const auto& cell : config.vpn.cells) {
    const auto& control_url = cell.control_url.empty() ? cell.url : cell.control_url;
    servers.push_back({{cell.name, control_url, cell.max_nodes},
                       vpn::make_headscale({cell.name, cell.url, cell.api_key, config.vpn.timeout})});
  }
  return servers;
}

/// Who comes into a room and who is out of it is told to people, and is for the virtual LAN to follow.
class NewsOfRooms final : public room::RoomEvents {
 public:
  NewsOfRooms(room::RoomEvents& frames, vpn::VpnService& lan) : frames_(frames), lan_(lan) {}

  void changed(const room::News& news) override {
    const auto id = news.before ? news.before->id : news.after->id;
    if (!news.joined.empty() || !news.left.empty() || !news.after) lan_.rooms_changed(std::span(&id, 1));
    frames_.changed(news);
  }
  void invited(const room::Room& room, core::UserId from, core::UserId to) override { frames_.invited(room, from, to); }

 private:
  room::RoomEvents& frames_;
  vpn::VpnService& lan_;
};

/// The same of those who block each other.
class NewsOfFriends final : public friends::FriendEvents {
 public:
  NewsOfFriends(friends::FriendEvents& frames, vpn::VpnService& lan) : frames_(frames), lan_(lan) {}

  void requested(const friends::Request& request) override { frames_.requested(request); }
  void withdrawn(const friends::Request& request) override { frames_.withdrawn(request); }
  void befriended(core::UserId a, core::UserId b, core::Timestamp since) override { frames_.befriended(a, b, since); }
  void separated(core::UserId a, core::UserId b) override { frames_.separated(a, b); }
  void relations_changed(std::span<const core::UserId> users) override {
    lan_.relations_changed(users);
    frames_.relations_changed(users);
  }

 private:
  friends::FriendEvents& frames_;
  vpn::VpnService& lan_;
};

/// The same of sessions that end: their devices go, and their keys.
class NewsOfSessions final : public user::SessionEvents {
 public:
  NewsOfSessions(user::SessionEvents& broadcast, vpn::VpnService& lan, e2e::KeyService& keys)
      : broadcast_(broadcast), lan_(lan), keys_(keys) {}

  void sessions_revoked(std::span<const core::SessionId> ids) override {
    broadcast_.sessions_revoked(ids);
    lan_.sessions_ended(ids);
    keys_.sessions_ended(ids);
  }

 private:
  user::SessionEvents& broadcast_;
  vpn::VpnService& lan_;
  e2e::KeyService& keys_;
};

}  // namespace netherlink::app
