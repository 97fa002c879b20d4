#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "netherlink/config/config.hpp"
#include "netherlink/core/result.hpp"
#include "netherlink/im/ports.hpp"

namespace netherlink::core {
class WorkerPool;
}
namespace netherlink::attachment {
class AttachmentService;
}
namespace netherlink::cache {
class Cache;
}
namespace netherlink::crypto {
class TokenSigner;
}
namespace netherlink::e2e {
class KeyService;
}
namespace netherlink::friends {
class FriendService;
class PresenceService;
}  // namespace netherlink::friends
namespace netherlink::im {
class ChatService;
class GroupService;
}  // namespace netherlink::im
namespace netherlink::mail {
class EmailService;
}
namespace netherlink::room {
class RoomService;
}
namespace netherlink::user {
class AccountService;
class PreferenceService;
class UserDirectory;
}  // namespace netherlink::user
namespace netherlink::vpn {
class VpnService;
}

namespace netherlink::gateway {

/// REST and WebSocket on one port. Built in two steps because the chat service needs the way to the sockets, and the
/// sockets need the chat service: delivery() works from the beginning (to nobody), start() opens the port.
class Server {
 public:
  struct Dependencies {
    user::AccountService& accounts;
    user::UserDirectory& users;
    user::PreferenceService& preferences;
    friends::FriendService& friends;
    friends::PresenceService& presence;
    im::ChatService& chat;
    im::GroupService& groups;
    room::RoomService& rooms;
    attachment::AttachmentService* attachments;  // nullptr: this server takes none
    vpn::VpnService& vpn;
    mail::EmailService& mail;
    e2e::KeyService& keys;
    cache::Cache& cache;
    const crypto::TokenSigner& signer;
    core::WorkerPool& store_pool;
    core::WorkerPool& password_pool;
    core::WorkerPool& transfer_pool;
    /// Not ready: the reason, one word ("store", "draining"); ready: empty. Called on the store pool.
    std::function<std::string()> readiness;
  };

  explicit Server(const config::Config& config);
  ~Server();

  im::Delivery& delivery();

  /// Binds, listens, starts the I/O threads. The error's detail says what failed ("address in use").
  core::result<void> start(const Dependencies& dependencies);
  /// The port that was taken.
  std::uint16_t port() const;

  /// Pushes to this replica may have been lost: every session is brought level with the store. Any thread.
  void reconcile();

  /// Stops accepting, tells every WebSocket `draining` and every HTTP connection `Connection: close`.
  void begin_drain();
  /// Requests and sends that were accepted and are not answered yet.
  std::size_t in_flight() const;
  /// Closes what is left (1001) and joins the I/O threads.
  void stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace netherlink::gateway
