#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "gateway/ws/websockets.hpp"
#include "netherlink/bus/bus.hpp"
#include "netherlink/store/store.hpp"
#include "support/catch.hpp"
#include "unit/gateway/ws/ws_bytes.hpp"

namespace netherlink::test {

/// The real store, with a place to look in, hold up and fail what the gateway reads.
class WatchedMessages final : public im::MessageStore {
 public:
  explicit WatchedMessages(im::MessageStore& real) : real_(real) {}

  using Hook = std::function<core::result<void>()>;
  /// Runs before (or after) each heads() or range(); an error is answered instead of the store's.
  void before_heads(Hook hook) { set(before_heads_, std::move(hook)); }
  void after_heads(Hook hook) { set(after_heads_, std::move(hook)); }
  void before_range(Hook hook) { set(before_range_, std::move(hook)); }

  core::result<im::PartitionLease> acquire(std::size_t partition) override { return real_.acquire(partition); }
  core::result<Append> append(im::AppendBatch& batch) override { return real_.append(batch); }
  core::result<std::vector<im::Head>> heads(std::span<const std::string> ids) override;
  core::result<std::vector<im::Marks>> marks(im::UserId user, std::span<const std::string> ids) override {
    return real_.marks(user, ids);
  }
  core::result<std::vector<im::Message>> range(std::string_view id, im::Seq from, im::Seq to, std::size_t limit,
                                               bool newest_first) override;
  core::result<std::optional<im::Message>> find(im::MessageId id) override { return real_.find(id); }
  core::result<std::optional<im::Message>> find_sent(std::string_view id, im::UserId sender,
                                                     std::string_view client_msg_id) override {
    return real_.find_sent(id, sender, client_msg_id);
  }
  core::result<std::vector<im::Message>> find_all(std::span<const im::MessageId> ids) override {
    return real_.find_all(ids);
  }
  core::result<std::vector<im::Message>> changed(std::string_view id, std::int64_t after, im::Seq from, im::Seq to,
                                                 std::size_t limit) override {
    return real_.changed(id, after, from, to, limit);
  }
  core::result<std::vector<im::PersonalMark>> personal_marks(std::span<const im::MessageId> ids,
                                                             std::optional<im::UserId> user) override {
    return real_.personal_marks(ids, user);
  }
  core::result<std::vector<std::int64_t>> applied(std::string_view id, std::span<const std::int64_t> ids) override {
    return real_.applied(id, ids);
  }
  core::result<std::vector<im::MessageChanges::Replaced>> replaced(im::MessageId id) override {
    return real_.replaced(id);
  }
  core::result<im::Receipts> receipts(std::string_view id, im::Seq seq, im::UserId except, im::UserId after,
                                      std::size_t limit) override {
    return real_.receipts(id, seq, except, after, limit);
  }

 private:
  void set(Hook& which, Hook hook);
  /// A copy runs: the hook may be replaced meanwhile.
  core::result<void> run(const Hook& which);

  im::MessageStore& real_;
  std::mutex mutex_;
  Hook before_heads_, after_heads_, before_range_;
};

/// Between the push thread and the sockets: may lose, hold back and repeat pushes.
class LossyDelivery final : public im::Delivery {
 public:
  explicit LossyDelivery(im::Delivery& real) : real_(real) {}
  void deliver(std::shared_ptr<const im::PushEnvelope> envelope) override;

  /// True: the push is lost. Asked for those with messages.
  void lose(std::function<bool(const im::PushEnvelope&)> which);
  /// Messages lost so far. A commit is seen before its push is.
  std::size_t lost() const;
  /// Delivers everything that came so far once more.
  void repeat_all();
  /// From now on pushes wait until release().
  void hold_back();
  void release();
  std::size_t held() const;

 private:
  im::Delivery& real_;
  mutable std::mutex mutex_;
  std::function<bool(const im::PushEnvelope&)> lose_;
  bool holding_ = false;
  std::size_t lost_ = 0;
  std::vector<std::shared_ptr<const im::PushEnvelope>> all_, held_;
};

/// The client's end of a socket. Reads with a deadline that only a broken server reaches.
class RawClient {
 public:
  explicit RawClient(int fd) : fd_(fd) {}
  ~RawClient();
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  struct Frame {
    int opcode = 0;
    std::string payload;
    nlohmann::json json() const { return nlohmann::json::parse(payload); }
    int close_code() const;
  };

  void send(std::string_view bytes);
  void send_json(const nlohmann::json& frame) { send(ClientFrame{1, frame.dump()}.encode()); }
  /// The next frame; opcode -1: the server closed the connection.
  Frame next();
  /// The next text frame's JSON; pings are answered on the way.
  nlohmann::json expect(std::string_view type);
  /// Reads until the close frame; its code. 1006: the connection ended without one.
  int wait_close();
  /// Nothing arrives for a while.
  bool silent(std::chrono::milliseconds time = std::chrono::milliseconds(150));
  nlohmann::json ask(std::string_view type, nlohmann::json data, std::string_view answer, std::string_view id = "q");
  void post(std::string_view conversation, const std::string& client_msg_id, const std::string& content = "hello");

  int fd() const { return fd_; }

 private:
  bool fill(std::chrono::milliseconds time);
  int fd_;
  std::string received_;
};

/// The message path, the accounts and the sockets on real I/O threads; only HTTP is missing.
class SocketFixture {
 public:
  struct Options {
    std::size_t threads = 1;
    std::function<void(config::Config&)> configure = [](config::Config&) {};
  };
  explicit SocketFixture(Options options);
  SocketFixture() : SocketFixture(Options{}) {}
  ~SocketFixture();

  /// A socket whose handshake is done. `thread`: which I/O thread gets it.
  std::unique_ptr<RawClient> connect(im::UserId user, core::SessionId session = 0, std::size_t thread = 0,
                                     std::string received = {}, int send_buffer = 0);
  /// The same, with its welcome read.
  std::unique_ptr<RawClient> join(im::UserId user, core::SessionId session = 0, std::size_t thread = 0);
  std::string token(im::UserId user, core::SessionId session = 0,
                    std::chrono::milliseconds life = std::chrono::minutes(15));
  /// Waits until the condition holds.
  static void until(const std::function<bool()>& condition);

  config::Config config;
  std::string folder;
  std::unique_ptr<store::Store> store;
  std::unique_ptr<WatchedMessages> messages;
  std::unique_ptr<bus::Bus> bus;
  std::unique_ptr<cache::Cache> cache;
  std::unique_ptr<im::Announcer> announcer;
  std::unique_ptr<user::UserDirectory> users;
  crypto::TokenSigner signer{{std::string(32, 's')}};
  crypto::PasswordHasher hasher{crypto::PasswordCost::test};
  id::Generator ids{1};
  struct NoEvents final : user::SessionEvents, user::Departures, friends::PresenceEvents {
    void sessions_revoked(std::span<const core::SessionId>) override {}
    core::result<void> forget(core::UserId) override { return {}; }
    void presence_changed(std::span<const friends::PresenceChange>) override {}
  } events;
  std::unique_ptr<user::AccountService> accounts;
  std::unique_ptr<friends::PresenceService> presence;
  std::unique_ptr<core::WorkerPool> store_pool;
  std::unique_ptr<gateway::Delivery> delivery;
  std::unique_ptr<LossyDelivery> lossy;
  std::unique_ptr<im::ChatService> chat;
  std::vector<std::unique_ptr<gateway::IoThread>> threads;
  std::unique_ptr<gateway::ws::WebSockets> sockets;
};

}  // namespace netherlink::test
