#pragma once

#include <unistd.h>

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "netherlink/bus/bus.hpp"
#include "netherlink/cache/cache.hpp"
#include "netherlink/im/service.hpp"
#include "netherlink/store/store.hpp"
#include "netherlink/user/service.hpp"
#include "support/catch.hpp"

namespace netherlink::test {

/// Keeps what would have gone to the sockets, and lets a test wait for it. Thread-safe.
class RecordingDelivery final : public im::Delivery {
 public:
  void deliver(std::shared_ptr<const im::PushEnvelope> envelope) override {
    std::lock_guard lock(mutex_);
    for (const auto& events : envelope->conversations) {
      messages_.insert(messages_.end(), events.messages.begin(), events.messages.end());
      receipts_.insert(receipts_.end(), events.receipts.begin(), events.receipts.end());
    }
    replies_.insert(replies_.end(), envelope->replies.begin(), envelope->replies.end());
    changed_.notify_all();
  }

  /// Everything pushed so far, once there are `messages` of the one and `replies` of the other.
  void wait_for(std::size_t messages, std::size_t replies) {
    std::unique_lock lock(mutex_);
    REQUIRE(changed_.wait_for(lock, std::chrono::seconds(60),
                              [&] { return messages_.size() >= messages && replies_.size() >= replies; }));
  }

  std::vector<im::CommittedMessage> messages() {
    std::lock_guard lock(mutex_);
    return messages_;
  }
  std::vector<im::DirectReply> replies() {
    std::lock_guard lock(mutex_);
    return replies_;
  }
  std::vector<im::ConversationEvents::Receipt> receipts() {
    std::lock_guard lock(mutex_);
    return receipts_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<im::CommittedMessage> messages_;
  std::vector<im::DirectReply> replies_;
  std::vector<im::ConversationEvents::Receipt> receipts_;
};

/// The message path on a real SQLite store, the in-process bus and cache; only the sockets are missing.
class ChatFixture {
 public:
  enum class Search { on, off };
  explicit ChatFixture(Search search = Search::on) : folder_(make_folder()) {
    limits.search.enabled = search == Search::on;
    open();
    for (core::UserId id = 1; id <= 5; ++id) {
      user::User user;
      user.id = id;
      user.username = user.nickname = "user" + std::to_string(id);
      user.created_at = core::now_ms();
      REQUIRE(store->users().insert(user, user.username, "", "hash"));
    }
  }
  ~ChatFixture() {
    close();
    std::filesystem::remove_all(folder_);
  }

  /// Ends the service and the store, and starts them anew on the same data, or on what `meanwhile` makes of it.
  void restart(const std::function<void()>& meanwhile = [] {}) {
    close();
    meanwhile();
    open();
  }

  im::SendRequest text(core::UserId from, core::UserId to, std::string client_msg_id, std::string content = "hello") {
    im::SendRequest request;
    request.sender_id = from;
    request.to_user_id = to;
    request.client_msg_id = std::move(client_msg_id);
    request.kind = "text";
    request.content = std::move(content);
    request.origin = {1, ++requests_};
    return request;
  }

  core::result<void> send(im::SendRequest request) { return submit(chat->prepare(std::move(request))); }
  core::result<void> mark(core::UserId who, std::string conversation, core::Seq seq, bool read) {
    return submit(chat->prepare(im::MarkRequest{who, {1, ++requests_}, std::move(conversation), seq, read}));
  }

  std::string database() const { return folder_ + "/test.db"; }

  im::Limits limits;  // from the next restart on
  std::unique_ptr<store::Store> store;
  std::unique_ptr<bus::Bus> bus;
  std::unique_ptr<cache::Cache> cache;
  std::unique_ptr<im::Announcer> announcer;
  std::unique_ptr<user::UserDirectory> users;
  RecordingDelivery delivery;
  std::unique_ptr<im::ChatService> chat;

 private:
  static std::string make_folder() {
    auto pattern = (std::filesystem::temp_directory_path() / "netherlink-chat-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()));
    return pattern;
  }

  core::result<void> submit(core::result<im::CommandPtr> command) {
    if (!command) return command.error();
    if (auto allowed = chat->authorise(**command); !allowed) return allowed;
    const auto batcher = chat->make_batcher();
    batcher->add(std::move(*command));
    batcher->flush();
    return {};
  }

  void open() {
    const store::Options options{"sqlite:///" + database(), 2};
    REQUIRE(store::migrate_up(options).has_value());
    auto opened = store::open(options);
    REQUIRE(opened.has_value());
    store = std::move(*opened);
    bus = bus::make_memory_bus({});
    cache = cache::make_memory_cache({});
    announcer = std::make_unique<im::Announcer>(bus->push(), nullptr);
    users = std::make_unique<user::UserDirectory>(store->users(), 100);
    chat = std::make_unique<im::ChatService>(im::ChatService::Dependencies{.instance = "test",
                                                                           .limits = limits,
                                                                           .bus = *bus,
                                                                           .cache = *cache,
                                                                           .announcer = *announcer,
                                                                           .messages = store->messages(),
                                                                           .search = store->search(),
                                                                           .conversations = store->conversations(),
                                                                           .notices = store->notices(),
                                                                           .users = *users,
                                                                           .contacts = store->contacts(),
                                                                           .delivery = delivery,
                                                                           .on_gap = [] {}});
  }

  void close() {
    if (chat) chat->stop();
    if (bus) bus->stop();
    chat.reset();
    users.reset();
    announcer.reset();
    cache.reset();
    bus.reset();
    store.reset();
  }

  std::string folder_;
  std::uint32_t requests_ = 0;
};

}  // namespace netherlink::test
