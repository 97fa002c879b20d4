#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "netherlink/cache/cache.hpp"
#include "netherlink/core/result.hpp"
#include "netherlink/vpn/ports.hpp"

namespace netherlink::vpn {

struct Options {
  std::string instance;  // names this replica in leases
  std::chrono::milliseconds debounce{150}, poll_interval{5000}, reconcile_interval{30'000}, lease_ttl{10'000};
  std::chrono::milliseconds call_timeout{2500};  // of one call of Control
  std::chrono::seconds key_ttl{600};
  std::size_t max_devices = 10;  // of one person in one cell
  std::size_t keys_ahead = 16;   // that may wait to be made; 0: none is made at login
  std::size_t key_threads = 4, key_queue = 256;
  bool limit_keys = true;
  cache::BucketSize keys{10, 0.1};  // that one person asks for
};

/// V1-V7: who may reach whom, and keys for those who may. Nobody waits for a control server but who asks for a key.
/// Thread-safe. The referenced objects must outlive the service.
class VpnService {
 public:
  struct Server {
    Cell cell;
    std::unique_ptr<Control> control;
  };
  struct Dependencies {
    Options options;
    std::vector<Server> cells;  // none: there is no virtual LAN
    VpnRepository& repository;
    VpnEvents& events;
    cache::RateLimiter& limiter;
  };
  explicit VpnService(Dependencies dependencies);
  ~VpnService();

  void start();
  void stop();
  bool enabled() const;

  struct Device {
    UserId user = 0;
    SessionId session = 0;
    std::optional<std::string> name = {};  // none: that of the session
  };
  /// At login: begins to make a key, which the next make_key() of the session and device hands out. Never blocks.
  Access greet(const Device& device);

  /// A key for the cell of the room (none: where the person sits, else anywhere). `done` is called once, on a thread of
  /// the service or on this one. vpn.disabled, vpn.unavailable, request.rate_limited, room.forbidden (sits not there),
  /// auth.session_revoked, server.overloaded. This call may block on the store.
  using KeyAnswer = std::function<void(core::result<Access>)>;
  void make_key(const Device& device, std::optional<RoomId> room, const KeyAnswer& done);

  struct Standing {
    Access access;  // without a key
    Lag lag;
  };
  core::result<Standing> status(UserId user);
  /// Of the room's members; the caller may know of the room. vpn.disabled, room.forbidden.
  core::result<std::vector<Peer>> peers(UserId user, RoomId room);

  // News; never block.

  /// Who is in these rooms, or whether the rooms are, is another matter now.
  void rooms_changed(std::span<const RoomId> rooms);
  /// Blocks of these people, with whomever.
  void relations_changed(std::span<const UserId> users);
  void sessions_ended(std::span<const SessionId> sessions);

  /// After an account was deleted. Idempotent. Blocks on the store.
  core::result<void> forget(UserId user);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace netherlink::vpn
